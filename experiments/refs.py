"""Experiments as refs of a repository, and the ones that a typed name means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PATTERN = "refs/*exps/*"  # DVC's own, and ours for projects without DVC
_REF = re.compile(r"refs/(?:studio/)?exps/([0-9a-f]{2})/([0-9a-f]{38})/([^/]+)")


@dataclass(frozen=True)
class ExperimentRef:
    """One experiment that a repository keeps as a ref."""

    name: str
    baseline: str  # SHA in the name of its ref; its commit may have another parent
    sha: str
    ref: str

    @property
    def has_dvc(self) -> bool:
        """Whether DVC finds it."""
        return self.ref.startswith("refs/exps/")

    @property
    def exact(self) -> str:
        """What is typed where its name alone is ambiguous: `1a2b3c4/puffy-daks`."""
        return f"{self.baseline[:7]}/{self.name}"


def kept(refs: Mapping[str, str]) -> tuple[ExperimentRef, ...]:
    """Return the experiments among refs, which are given with their SHAs. All other refs are ignored."""
    found = ((_REF.fullmatch(ref), ref, sha) for ref, sha in sorted(refs.items()))
    return tuple(ExperimentRef(match[3], match[1] + match[2], sha, ref) for match, ref, sha in found if match)


def named(word: str, experiments: tuple[ExperimentRef, ...]) -> tuple[ExperimentRef, ...]:
    """Return the experiments that `puffy-daks`, `1a2b3c4/puffy-daks` or a whole ref means."""
    baseline, _, name = word.rpartition("/")
    return tuple(
        each
        for each in experiments
        if word == each.ref or (name == each.name and (not baseline or each.baseline.startswith(baseline)))
    )
