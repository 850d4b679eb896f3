"""Experiments as refs of a repository, and which of them a typed name means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PATTERN = "refs/*exps/*"  # DVC's own, and ours of projects without DVC
_REF = re.compile(r"refs/(?:studio/)?exps/([0-9a-f]{2})/([0-9a-f]{38})/([^/]+)")


@dataclass(frozen=True)
class Kept:
    """One experiment that a repository has."""

    name: str
    baseline: str  # SHA, as its ref says; nobody promises that its commit was made on it
    sha: str
    ref: str

    @property
    def has_dvc(self) -> bool:
        """Whether DVC finds it."""
        return self.ref.startswith("refs/exps/")

    @property
    def exact(self) -> str:
        """How it is typed where its name alone is ambiguous: `1a2b3c4/puffy-daks`."""
        return f"{self.baseline[:7]}/{self.name}"


def kept(refs: Mapping[str, str]) -> tuple[Kept, ...]:
    """The experiments among refs with their SHAs; whatever else lies there is passed over."""
    found = ((_REF.fullmatch(ref), ref, sha) for ref, sha in sorted(refs.items()))
    return tuple(Kept(match[3], match[1] + match[2], sha, ref) for match, ref, sha in found if match)


def named(word: str, experiments: tuple[Kept, ...]) -> tuple[Kept, ...]:
    """Those that `puffy-daks`, `1a2b3c4/puffy-daks` or a whole ref means."""
    baseline, _, name = word.rpartition("/")
    return tuple(
        each
        for each in experiments
        if word == each.ref or (name == each.name and (not baseline or each.baseline.startswith(baseline)))
    )
