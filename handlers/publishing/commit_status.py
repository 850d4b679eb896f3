"""The commit status of a SHA: the worst that pull requests of this repository's own branches say of it.

Whoever has a fork can open a pull request at any commit into any base, also into one without rules. So the status of a
fork's pull request is set only on commits that no branch of this repository has: no fork can turn a branch here green
or red. Where that would take too long to find out, no status is set. On commits of forks, the worst of what was said
against each base counts, also by pull requests that are closed by now. Otherwise a second pull request into a base
without rules would pass the gate of the first. So whoever pushes somebody's commit to a fork can turn it red, but never
green.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from bot.errors import Forbidden, Rejected
from bot.ports import Ports
from bot.ports.git_host import PullRequest, Status
from bot.ports.memos import Memo, MemoKind

MOST = 100  # pull requests, and bases of forks, of which is remembered what they say of one commit: the worst
_WORST = ("error", "failure", "pending", "success")

K = TypeVar("K")


@dataclass(frozen=True)
class Said:
    """What pull requests say of one commit."""

    by: dict[int, Status]  # number of an open pull request of a branch of this repository -> what it says
    shown: Status | None = None  # the status that the host shows
    of_forks: dict[str, Status] = field(default_factory=dict)  # base branch -> the last status against it


# Vital: without what was said against each base, a second pull request could pass the gate of the first.
_STATUSES = MemoKind[Said, int, str]("statuses", Said, vital=True)


def say(ports: Ports, pull: PullRequest, sha: str, status: Status) -> None:
    """Set the status that this pull request gives a commit, unless another pull request gives a worse one.

    Write only a status that changed: GitHub accepts a thousand statuses for one commit.
    """
    repository, memo = pull.repository, _STATUSES.of(pull.repository.id, sha)
    if _with(_known(ports, memo), pull, status) == _known(ports, memo):
        return
    if pull.fork and ports.git.on_branch(repository, sha) is not False:
        return
    with ports.store.alone(memo.key):
        updated = _with(_known(ports, memo), pull, status)
        if updated.shown != _known(ports, memo).shown:
            # The right was not granted, or a thousand exist. The check runs say the same, and they decide.
            with suppress(Forbidden, Rejected):
                ports.host.set_status(repository, sha, updated.shown or status)
        ports.store.remember(memo, updated)


def _known(ports: Ports, memo: Memo[Said]) -> Said:
    return ports.store.recall(memo) or Said({})


def _with(known: Said, pull: PullRequest, status: Status) -> Said:
    """Return what is known after this status. One that does not count is shown where there is no other."""
    by = {number: each for number, each in known.by.items() if number != pull.number}
    of_forks = known.of_forks
    if pull.fork:
        of_forks = {**of_forks, pull.base_branch: status}
    elif pull.state == "open":
        by[pull.number] = status
    by, of_forks = _worst(by), _worst(of_forks)
    voices = by or (of_forks if pull.fork else {0: status})
    return Said(by, min(voices.values(), key=_badness), of_forks)


def _worst(statuses: dict[K, Status]) -> dict[K, Status]:
    """Return the MOST worst statuses, in the order in which they were. The worst of all is what counts."""
    kept = (
        {*sorted(statuses, key=lambda each: _badness(statuses[each]))[:MOST]} if len(statuses) > MOST else {*statuses}
    )
    return {each: status for each, status in statuses.items() if each in kept}


def _badness(status: Status) -> int:
    return _WORST.index(status.state)
