"""Parameters that Hydra composes otherwise than a head has them, remembered for as long as a pull request is open."""

from dataclasses import dataclass

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.memos import MemoKind
from experiments.experiment import PullRef
from experiments.snapshot import Snapshot
from handlers.planning.hydra import is_composed, written_over

PROJECTS = 20  # of which it is remembered, as many as an overview shows


@dataclass(frozen=True)
class Otherwise:
    """What `written_over` says of one project at one commit."""

    sha: str
    said: tuple[str, ...]


# Project -> what is said of the head.
_OTHERWISE = MemoKind[dict[str, Otherwise], PullRef]("otherwise", dict[str, Otherwise])


def told(ports: Ports, pull: PullRequest, head: Snapshot) -> tuple[str, ...]:
    """Return what `written_over` says of a head, composed once only: the overview is refreshed often."""
    if not is_composed(head):
        return ()
    memo = _OTHERWISE.of(pull.ref)
    known = ports.store.recall(memo) or {}
    if head.project in known and known[head.project].sha == head.sha:
        return known[head.project].said
    said = written_over(ports, pull.repository, head)
    if said is not None and pull.state == "open":
        others = [(project, each) for project, each in known.items() if project != head.project]
        ports.store.remember(memo, dict([*others, (head.project, Otherwise(head.sha, said))][-PROJECTS:]))
    return said or ()


def forget(ports: Ports, pull: PullRequest) -> None:
    """Forget it of a pull request that is over."""
    if pull.state != "open":
        ports.store.erase(_OTHERWISE.of(pull.ref))
