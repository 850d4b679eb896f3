"""What an experiment changes of its baseline: parameters, data and the commit message."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.snapshot import COMPOSED, Value


@dataclass(frozen=True)
class Override:
    """One `-S` edit: set a parameter of a file to a value."""

    file: str
    key: str
    value: Value
    before: Value = None
    text: str = ""  # as it was typed, or as DVC gets it: `train.lr=0.01`


@dataclass(frozen=True)
class Input:
    """One `--data`: a version of data that DVC tracks."""

    path: str
    rev: str  # as it was typed
    source: str  # path of the `.dvc` file, whose new text is one of the edits
    md5: str
    before: str  # MD5 at the baseline

    @property
    def text(self) -> str:
        """The words that were typed: `path@rev`."""
        return f"{self.path}@{self.rev}"


@dataclass(frozen=True)
class Change:
    """What is different from the baseline, and the words that tell it."""

    overrides: tuple[Override, ...] = ()
    inputs: tuple[Input, ...] = ()  # data whose version differs from the baseline's
    edits: Mapping[str, str] = field(default_factory=dict)  # path -> whole new text of parameter and `.dvc` files
    composed: bool = False  # Hydra composes params.yaml: DVC gets its overrides as words, and no edit is written
    message: str = ""  # message of the commit; its first line is `Set train.lr=0.01` where none is given

    @property
    def description(self) -> str:
        """The commit message without its first line."""
        return self.message.partition("\n")[2].strip("\n")

    @property
    def words(self) -> tuple[str, ...]:
        """The overrides that DVC itself applies, as words of its command line."""
        return tuple(each.text for each in self.overrides if self.composed and each.file == COMPOSED)
