"""The pictures of an overview, drawn once for the same plots."""

import hashlib
from dataclasses import dataclass, replace

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.memos import MemoKind
from experiments.experiment import PullRef
from experiments.snapshot import Snapshot
from handlers.jobs import project_memos
from handlers.publishing.run_report import picture_of
from reports.plots import figures, rename
from reports.run.report import Picture


@dataclass(frozen=True)
class DrawnPictures:
    """The pictures of one project."""

    state: str  # SHA-256 of the plots on both sides
    pictures: tuple[Picture, ...]


DRAWN = MemoKind[dict[str, DrawnPictures], PullRef]("drawn", dict[str, DrawnPictures])  # project -> its pictures


def pictures_of(
    ports: Ports, pull: PullRequest, project: str, before: Snapshot | None, head: Snapshot
) -> tuple[Picture, ...]:
    """Return the pictures of one project, drawn once only: matplotlib is slow."""
    state = hashlib.sha256(repr((pull.base_branch, before and before.plots, head.plots)).encode()).hexdigest()
    there = project_memos.known(ports, DRAWN, pull, project)
    if there and there.state == state and all(ports.images.use(each.url) for each in there.pictures):
        return there.pictures
    made = []
    for drawn in figures(before, head):
        rename(drawn.figure, pull.base_branch, "this head")
        alt = drawn.alt.replace("baseline and this run", "base and head").replace("this run", "head")
        made.append(picture_of(ports, pull.repository, replace(drawn, alt=alt), pull.fork))
    project_memos.keep(ports, DRAWN, pull, project, DrawnPictures(state, tuple(made)))
    return tuple(made)
