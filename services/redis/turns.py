"""When and where a short job is done: after a limit, and in a lane aside where its repository exceeds its share."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Protocol

from bot.errors import TryLater
from bot.ports import Ports
from experiments.experiment import Repository
from services.redis.lanes import ASIDE, EVENTS, REPORTS, Lanes
from services.redis.queue import REPOSITORY, RunQueue, lane_here

log = logging.getLogger(__name__)


class JobParts(Protocol):
    """The parts with which a job is done."""

    @property
    def ports(self) -> Ports: ...
    @property
    def queue(self) -> RunQueue: ...
    @property
    def lanes(self) -> Lanes: ...


def patient(wired: Callable[[], JobParts]) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Return a decorator that does a job again after TryLater: a limit of GitHub, or a lock of another worker.

    Doing it again uses up no try, and the job then reads the state of that moment.
    """

    def made(job: Callable[[str], None]) -> Callable[[str], None]:
        @wraps(job)
        def patiently(key: str) -> None:
            queue, function = wired().queue, f"jobs.{job.__name__}"
            queue.takes_up(function, key)
            try:
                job(key)
            except TryLater as later:
                log.info("%s %s: put off, %s", function, key, later)
                queue.put_off(function, key, max(1.0, later.seconds))

        return patiently

    return made


def in_turn(wired: Callable[[], JobParts]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that counts a job for its repository, and sets it aside where the share is used up by now.

    Many jobs may have been queued before that. A job's first argument is a repository's fields or a run's id.
    """

    def made(job: Callable[..., None]) -> Callable[..., None]:
        @wraps(job)
        def fairly(*arguments: Any) -> None:
            here = wired()
            repository = _whose(here, arguments[0])
            if repository is None:
                job(*arguments)
            elif lane_here() == REPORTS and (lane := here.lanes.of_work(repository.id)) != REPORTS:
                here.queue.set_aside(lane, f"jobs.{job.__name__}", *arguments)
            else:
                with counted(here.lanes, repository):
                    job(*arguments)

        return fairly

    return made


def is_elsewhere(lane: str) -> bool:
    """Return whether a delivery for this lane is to be handled by a worker of another lane than this process's.

    What was set aside once stays there, and so does what has no lane.
    """
    return lane not in ("", EVENTS, lane_here()) and lane_here() in (EVENTS, REPORTS)


def _whose(here: JobParts, what: dict[str, Any] | str) -> Repository | None:
    if isinstance(what, dict):
        return REPOSITORY.validate_python(what)
    run = here.ports.store.get(what)
    return run.experiment.repository if run else None


def counted(lanes: Lanes, repository: Repository, login: str = "") -> AbstractContextManager[None]:
    """Count the time of the work against the shares of repository and person.

    Work in a lane aside does not count, so that guests use up no repository's share.
    """
    return nullcontext() if lane_here() in ASIDE else lanes.counted(repository.id, login)
