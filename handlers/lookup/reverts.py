"""Results that were reverted on a branch, as the messages of its commits tell."""

import re
from collections.abc import Mapping

from bot.ports.git import ReadGit
from bot.ports.git_commits import Described
from experiments.experiment import Repository

FAR = 500  # commits that are looked through, the newest first
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})\.$", re.MULTILINE)  # the words of `git revert`


def reverted(described: Mapping[str, Described]) -> Mapping[str, str]:
    """Return reverted commit -> the commit that reverts it.

    `described` has the newest commit first. A revert that was itself reverted does not count.
    """
    found: dict[str, str] = {}
    for sha, each in described.items():
        for taken in _REVERTS.findall(each.message) if sha not in found else ():
            found.setdefault(taken, sha)
    return found


def taken_back(git: ReadGit, repository: Repository, sha: str, head: str) -> bool:
    """Return whether a later commit in the history of `head` reverts `sha`. Both are fetched. Raises UserError."""
    return sha in reverted(git.described(repository, git.history(repository, sha, head, FAR)))
