"""The commit status of a SHA: the worst of what pull requests of this repository's own branches say of it.

Whoever has a fork can open a pull request at any commit, into any base, whose rules may be none. What it says is set
on commits only that no branch of this repository has: nobody turns that of a branch here green or red. Where that can't
be told, since there is more than is looked through on a stranger's word, nothing is set. On those commits the
worst of what was said against each base counts, also of pull requests that are closed meanwhile: else a second one
into a base without rules would open the gate of the first. So who pushes another's commit to a fork of his own can turn
it red, never green.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from bot.errors import Forbidden, Rejected
from bot.ports import Ports
from bot.ports.git_host import PullRequest, Status

_WORST = ("error", "failure", "pending", "success")


@dataclass(frozen=True)
class Said:
    """What is known of one commit."""

    by: dict[int, Status]  # number of an open pull request of a branch of this repository -> what it says
    shown: Status | None = None  # that the host has
    of_forks: dict[str, Status] = field(default_factory=dict)  # base branch -> what was last said against it


_SAID = TypeAdapter(Said)


def say(ports: Ports, pull: PullRequest, sha: str, status: Status) -> None:
    """Set what this pull request says, unless another one's is worse. Written only when it says something else than
    before: GitHub takes a thousand statuses for one commit."""
    repository, key = pull.repository, f"statuses:{pull.repository.id}:{sha}"
    if _with(_known(ports, key), pull, status) == _known(ports, key):
        return
    if pull.fork and ports.git.on_branch(repository, sha) is not False:
        return
    with ports.store.alone(key):
        said = _with(_known(ports, key), pull, status)
        if said.shown != _known(ports, key).shown:
            # Not granted, or a thousand are there: the check runs say the same and are the authority.
            with suppress(Forbidden, Rejected):
                ports.host.set_status(repository, sha, said.shown or status)
        ports.store.remember(key, _SAID.dump_json(said).decode())


def _known(ports: Ports, key: str) -> Said:
    kept = ports.store.recall(key)
    return _SAID.validate_json(kept) if kept else Said({})


def _with(said: Said, pull: PullRequest, status: Status) -> Said:
    """What is known after this. What does not count is shown where nothing else was."""
    by = {number: each for number, each in said.by.items() if number != pull.number}
    of_forks = said.of_forks
    if pull.fork:
        of_forks = {**of_forks, pull.base_branch: status}
    elif pull.state == "open":
        by[pull.number] = status
    voices = by or (of_forks if pull.fork else {0: status})
    return Said(by, min(voices.values(), key=lambda each: _WORST.index(each.state)), of_forks)
