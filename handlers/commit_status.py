"""The commit status of a SHA: the worst of what pull requests of this repository's own branches say of it.

Whoever has a fork can open a pull request at any commit, into any base, whose rules may be none. What it says is set
on commits only that no branch of this repository has: nobody turns another's required status green or red.
"""

from contextlib import suppress
from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.errors import Forbidden, Rejected
from bot.ports import Ports, Pull, Status
from experiments.experiment import Repository

_WORST = ("error", "failure", "pending", "success")
_BRANCHES = "refs/heads/*"


@dataclass(frozen=True)
class Said:
    """What is known of one commit."""

    by: dict[int, Status]  # number of a pull request -> what it says
    shown: Status | None = None  # that GitHub has


_SAID = TypeAdapter(Said)


def say(ports: Ports, pull: Pull, sha: str, status: Status) -> None:
    """Set what this pull request says, unless another one's is worse. Written only when it says something else than
    before: GitHub takes a thousand statuses for one commit."""
    repository, key = pull.repository, f"statuses:{pull.repository.id}:{sha}"
    kept = ports.store.recall(key)
    said = _SAID.validate_json(kept) if kept else Said({})
    counts = pull.state == "open" and not pull.fork
    if _is_said(said, pull.number, status, counts) or (pull.fork and _is_ours(ports, repository, sha)):
        return
    with ports.store.alone(key):
        kept = ports.store.recall(key)
        said = _SAID.validate_json(kept) if kept else Said({})
        others = {number: each for number, each in said.by.items() if number != pull.number}
        voices = {**others, pull.number: status} if counts or not others else others
        worst = min(voices.values(), key=lambda each: _WORST.index(each.state))
        if worst != said.shown:
            # Not granted, or a thousand are there: the check runs say the same and are the authority.
            with suppress(Forbidden, Rejected):
                ports.github.set_status(repository, sha, worst)
        ports.store.remember(key, _SAID.dump_json(Said(voices if counts else others, worst)).decode())


def _is_said(said: Said, number: int, status: Status, counts: bool) -> bool:
    """Whether GitHub has what it would have after this. What does not count is shown where nothing counts."""
    if counts:
        return said.by.get(number) == status
    return number not in said.by and (bool(said.by) or said.shown == status)


def _is_ours(ports: Ports, repository: Repository, sha: str) -> bool:
    """Whether a branch of this repository has the commit."""
    tips = list(dict.fromkeys(ports.git.remote_refs(repository, _BRANCHES).values()))
    if sha in tips:
        return True
    ports.git.fetch(repository, tips)
    return bool(ports.git.commits(repository, sha, tips))
