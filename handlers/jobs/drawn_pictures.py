"""The pictures of an overview: drawn once for the same plots, and remembered for as long as a pull request is open."""

import hashlib
from dataclasses import dataclass, replace

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.memos import MemoKind
from experiments.experiment import PullRef
from experiments.snapshot import Snapshot
from handlers.publishing.run_report import picture_of
from reports.plots import figures, rename
from reports.run.report import Picture

PROJECTS = 20  # whose pictures are remembered, as many as an overview shows


@dataclass(frozen=True)
class DrawnPictures:
    """The pictures of one project."""

    state: str  # SHA-256 of the plots on both sides
    pictures: tuple[Picture, ...]


_DRAWN = MemoKind[dict[str, DrawnPictures], PullRef]("drawn", dict[str, DrawnPictures])  # project -> its pictures


def pictures_of(
    ports: Ports, pull: PullRequest, project: str, before: Snapshot | None, head: Snapshot
) -> tuple[Picture, ...]:
    """Return the pictures of one project: refreshes are frequent, and matplotlib is slow.

    Each pull request has one memo, however often somebody pushes other plots to it.
    """
    state = hashlib.sha256(repr((pull.base_branch, before and before.plots, head.plots)).encode()).hexdigest()
    memo = _DRAWN.of(pull.ref)
    known = ports.store.recall(memo) or {}
    there = known.get(project)
    if there and there.state == state and all(ports.images.use(each.url) for each in there.pictures):
        return there.pictures
    made = []
    for drawn in figures(before, head):
        rename(drawn.figure, pull.base_branch, "this head")
        alt = drawn.alt.replace("baseline and this run", "base and head").replace("this run", "head")
        made.append(picture_of(ports, pull.repository, replace(drawn, alt=alt), pull.fork))
    if pull.state == "open":
        others = [(name, each) for name, each in known.items() if name != project]
        ports.store.remember(memo, dict([*others, (project, DrawnPictures(state, tuple(made)))][-PROJECTS:]))
    return tuple(made)


def forget(ports: Ports, pull: PullRequest) -> None:
    """Forget the pictures of a pull request that is over: seldom does anything change in it."""
    if pull.state != "open":
        ports.store.erase(_DRAWN.of(pull.ref))
