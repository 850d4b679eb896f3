"""Results that were reverted on a branch, as the messages of its commits tell."""

import re
from collections.abc import Mapping

from bot.ports.git_commits import Described

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
