"""Lists all checks in order, and names those that are left out because nobody asked for them."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from redis import Redis

from bot.ports import Ports
from bot.settings import Settings
from doctor import deliveries, machine, reach, registration, repository, runners
from doctor.finding import DoctorCheck, NotProven
from doctor.reach import TestPicture
from doctor.registration import Manifest, OnRecord
from doctor.scratch import Scratch
from services.files.images import PlotFiles
from services.github.client import GitHubApp
from services.github.registration import Registration
from services.redis.deliveries import Deliveries


@dataclass(frozen=True)
class Visit:
    """What the checks need, and how far they may go."""

    settings: Settings
    redis: Redis
    ports: Ports
    github: GitHubApp
    deliveries: Deliveries
    images: PlotFiles
    registration: Registration
    manifest: Manifest
    web: httpx.Client  # sends no login
    obstacle: str  # why no closed room can be made, in sentences
    is_root: bool  # whether the doctor runs as root
    now: Callable[[], float]
    pause: Callable[[float], None]
    takers: Callable[[str], int]  # how many processes take the runs of a runner
    random: str  # eight hexadecimal digits
    repository: str = ""  # the owner/name that may be written to; empty: none
    with_pull: bool = False  # whether a pull request may be opened there


def plan(visit: Visit) -> tuple[DoctorCheck, ...]:
    """Return all checks. Those of this machine come first: a fault there explains many others."""
    fleet = visit.ports.runners.fleet
    record = OnRecord(visit.settings, visit.registration, visit.manifest)
    picture = TestPicture(visit.images, visit.web, visit.random)
    scratch = Scratch(visit.ports, record, visit.repository, visit.random, visit.now()) if visit.repository else None
    return (
        *machine.checks(visit.settings, visit.redis, visit.obstacle, visit.is_root),
        *runners.checks(fleet, visit.ports.runners.engines, visit.takers, visit.ports.runners.owner),
        *registration.checks(record, visit.web, visit.now),
        reach.sign_of_life(visit.settings, visit.web),
        reach.picture(picture),
        *(repository.checks(scratch, record, picture) if scratch else (_unasked_repository(),)),
        *((repository.comments(scratch),) if scratch and visit.with_pull else (_unasked_pull(),)),
        deliveries.check(visit.github, visit.deliveries, record, visit.now, visit.pause),
        _removed(scratch, picture),
    )


def _removed(scratch: Scratch | None, picture: TestPicture) -> DoctorCheck:
    def remove() -> str:
        picture.remove()
        return scratch.removed() if scratch else "the picture"

    return DoctorCheck(
        "removed",
        "Everything is removed again",
        "Run the doctor again later: it begins by removing what is left. Or delete by hand what is named "
        "studio-doctor-….",
        remove,
        always=True,
    )


def _unasked_repository() -> DoctorCheck:
    def ask() -> str:
        raise NotProven("name one where something may be written and removed again: `python -m doctor owner/name`")

    return DoctorCheck("repository", "Branches, refs, check runs and statuses in a repository", "", ask)


def _unasked_pull() -> DoctorCheck:
    def ask() -> str:
        raise NotProven("the people who watch the repository would be told; `--pull-request` opens one and closes it")

    return DoctorCheck("comments", "Pull requests, comments and reactions", "", ask)
