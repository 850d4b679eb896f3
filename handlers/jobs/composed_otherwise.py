"""Parameters that Hydra composes otherwise than a head has them."""

from dataclasses import dataclass

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.memos import MemoKind
from experiments.experiment import PullRef
from experiments.snapshot import Snapshot
from handlers.jobs import project_memos
from handlers.planning.hydra import is_composed, written_over


@dataclass(frozen=True)
class Otherwise:
    """What `written_over` says of one project at one commit."""

    sha: str
    said: tuple[str, ...]


# Project -> what is said of the head.
OTHERWISE = MemoKind[dict[str, Otherwise], PullRef]("otherwise", dict[str, Otherwise])


def of_head(ports: Ports, pull: PullRequest, head: Snapshot) -> tuple[str, ...]:
    """Return what `written_over` says of a head, composed once only."""
    if not is_composed(head):
        return ()
    known = project_memos.known(ports, OTHERWISE, pull, head.project)
    if known and known.sha == head.sha:
        return known.said
    changes = written_over(ports, pull.repository, head)
    if changes is not None:
        project_memos.keep(ports, OTHERWISE, pull, head.project, Otherwise(head.sha, changes))
    return changes or ()
