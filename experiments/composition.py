"""The params.yaml that Hydra composes from a commit's configuration folder and some overrides, as DVC would train
it."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.params.merging import ParamEdit, changed
from experiments.snapshot import COMPOSED

# The option of a group; of a group that is a list, its options (the last wins); None: null in the defaults list.
Chosen = str | tuple[str, ...] | None


@dataclass(frozen=True)
class Composition:
    """One composed configuration. Where `problem` is set, every other field is empty."""

    text: str = ""  # YAML, as DVC writes it
    folder: str = ""  # the configuration folder, a path from the repository's root: `conf`
    choices: Mapping[str, Chosen] = field(
        default_factory=dict
    )  # groups of the defaults list; empty where edits were given
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # group, `db/engine` -> its options
    unknown: tuple[str, ...] = ()  # dotted keys that only the training machine can tell; `text` has them unresolved
    problem: str = ""  # why it can't be composed: one sentence

    def options(self, group: str) -> tuple[str, ...]:
        """Return the options of a group. Options of groups inside it have its path in front: `big/resnet`."""
        inner = [name for name in self.groups if name.startswith(f"{group}/")]
        below = (posixpath.join(name[len(group) + 1 :], option) for name in inner for option in self.groups[name])
        return (*self.groups.get(group, ()), *below)

    def otherwise(self, trained: str) -> tuple[ParamEdit, ...]:
        """Return the parameters in which the text of a params.yaml differs from the composed one. Keys in `unknown` are
        left out.

        Raises ParamsError where the text can't be read.
        """
        return tuple(
            each
            for each in changed(COMPOSED, self.text, trained)
            if not any(each.key == key or each.key.startswith(f"{key}.") for key in self.unknown)
        )
