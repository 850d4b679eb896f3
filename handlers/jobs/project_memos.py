"""What is remembered of each project while a pull request is open, since its overview is refreshed often.

Each pull request has one memo of a kind, however often somebody pushes to it.
"""

from typing import TypeVar

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.memos import MemoKind
from experiments.experiment import PullRef

MOST = 20  # projects of which something is remembered, as many as an overview shows

T = TypeVar("T")


def known(ports: Ports, kind: MemoKind[dict[str, T], PullRef], pull: PullRequest, project: str) -> T | None:
    """Return what is remembered of one project; None where nothing is."""
    return (ports.store.recall(kind.of(pull.ref)) or {}).get(project)


def keep(ports: Ports, kind: MemoKind[dict[str, T], PullRef], pull: PullRequest, project: str, value: T) -> None:
    """Remember a value of one project, unless the pull request is over: seldom does anything change in it then."""
    if pull.state == "open":
        memo = kind.of(pull.ref)
        others = [(name, each) for name, each in (ports.store.recall(memo) or {}).items() if name != project]
        ports.store.remember(memo, dict([*others, (project, value)][-MOST:]))


def forget(ports: Ports, kind: MemoKind[dict[str, T], PullRef], pull: PullRequest) -> None:
    """Forget what is remembered of a pull request's projects if it is over."""
    if pull.state != "open":
        ports.store.erase(kind.of(pull.ref))
