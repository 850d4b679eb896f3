"""What a typed revision means: an experiment, a branch, a tag or a commit of the repository."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from experiments.refs import ExperimentRef, kept, named
from experiments.wording import quoted, some

HEAD = "HEAD"  # the head of the pull request; DVC uses the word for that of the workspace
BASE = "base"  # the commit at which the pull request left its base branch, unless a ref has this name
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_COMMIT = re.compile(r"[0-9a-f]{4,40}", re.IGNORECASE)
_LONGEST = 250  # characters: most file systems allow no longer name of a branch
_NOBODYS = re.compile(r"\.\.|@\{|//|[\x00-\x20\x7f~^:?*\[\\]|^[-/.]|[/.]$|\.lock$")


class RevisionKind(StrEnum):
    """The kind of thing that a revision was found as."""

    EXPERIMENT = "experiment"
    BRANCH = "branch"
    TAG = "tag"
    COMMIT = "commit"
    HEAD = "head"  # the head of the pull request
    BASE = "base"  # where the pull request left its base branch


@dataclass(frozen=True)
class Revision:
    """A commit, with the name by which people know it here."""

    name: str  # `puffy-daks`, `main`, `v1.0`; of a commit, its first seven characters
    kind: RevisionKind
    sha: str  # of an annotated tag, that of the tag until it was fetched
    ref: str = ""
    kept: ExperimentRef | None = None  # the experiment that it is

    @property
    def exact(self) -> str:
        """What is typed where its name alone is ambiguous."""
        return self.kept.exact if self.kept else self.ref or self.sha

    @property
    def called(self) -> str:
        """What sentences call it: `the head`, or its name in backquotes."""
        return f"the {self.kind}" if self.kind in (RevisionKind.HEAD, RevisionKind.BASE) else quoted(self.name)


def commit(sha: str) -> Revision:
    """Return the revision for a commit that nobody named."""
    return Revision(sha[:7], RevisionKind.COMMIT, sha)


def refused(word: str) -> str:
    """Return why a word can't be a revision: a sentence, empty where it can."""
    if not word:
        return "A revision goes here: an experiment, a branch, a tag or a commit."
    if len(word) > _LONGEST:
        return f"A revision has at most {_LONGEST} characters, and this has {len(word)}."
    if re.search(r"[~^]|@\{", word):
        return "Steps from a commit, as in `HEAD~1`, are not taken: write the commit's hash, or its first characters."
    if ".." in word:
        return "Ranges are not taken: write two revisions, one after the other."
    if _NOBODYS.search(word) or not word.isprintable():
        return "No experiment, branch, tag or commit has that name: Git allows no such name."
    return ""


def meant(word: str, refs: Mapping[str, str]) -> tuple[Revision, ...]:
    """Return every experiment, branch and tag that the word names. Several that are one commit count once.

    `refs`: all refs of the repository, with their SHAs.
    """
    experiments = named(word, kept(refs))
    found = [Revision(each.name, RevisionKind.EXPERIMENT, each.sha, each.ref, each) for each in experiments]
    for space, kind in ((_HEADS, RevisionKind.BRANCH), (_TAGS, RevisionKind.TAG)):
        name = word.removeprefix(space)
        if f"{space}{name}" in refs:
            found.append(Revision(name, kind, refs[f"{space}{name}"], f"{space}{name}"))
    return tuple({each.sha: each for each in reversed(found)}.values())[::-1]


def prefix(word: str) -> str:
    """Return the word in lower case where it is the beginning of a commit's hash; else empty."""
    return word.lower() if _COMMIT.fullmatch(word) else ""


def names(refs: Mapping[str, str]) -> tuple[str, ...]:
    """Return every name that could have been typed: experiments, branches, tags."""
    others = (ref.removeprefix(space) for space in (_HEADS, _TAGS) for ref in refs if ref.startswith(space))
    return tuple(dict.fromkeys([*(each.name for each in kept(refs)), *others]))


def tips(refs: Mapping[str, str]) -> tuple[str, ...]:
    """Return the SHAs from which every commit can be reached that a person may name.

    Heads of other pull requests are not among them: anybody can open one, and GitHub returns commits of all forks by
    their SHA.
    """
    own = (sha for ref, sha in refs.items() if ref.startswith((_HEADS, _TAGS)))
    return tuple(dict.fromkeys([*own, *(each.sha for each in kept(refs))]))


def several(found: Iterable[Revision]) -> str:
    """Return the end of a sentence about an ambiguous word."""
    meant = some((f"`{each.exact}` ({each.kind})" for each in found), 10)
    return f"means several: {meant}. Write one of these instead"
