"""Results that came off a branch again, as the messages of its commits tell."""

import re
from collections.abc import Mapping

from bot.ports.git_commits import Described

FAR = 500  # commits that are looked through, the newest first
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})\.$", re.MULTILINE)  # as `git revert` says it


def reverted(described: Mapping[str, Described]) -> Mapping[str, str]:
    """Return the SHA of each commit that one of these takes back, with the SHA of that one. `described`: the newest
    first; what takes back and was itself taken back counts for nothing."""
    found: dict[str, str] = {}
    for sha, each in described.items():
        for taken in _REVERTS.findall(each.message) if sha not in found else ():
            found.setdefault(taken, sha)
    return found
