"""Lists of run ids in Redis, so that some runs are found without reading all.

Sets list what each reader of them reads. Sorted sets, by age, are counted and read from their beginning: what one
repository has in them costs nobody else anything.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import cast

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from experiments.data.fetching import waits
from experiments.experiment import PullRef, Repository
from experiments.outline import moves, takes_place
from experiments.run import Run
from experiments.run_state import BEFORE, RunState

# Lists with runs of all repositories. All but the second are older than outlines.
LISTED = ("runs:active", "runs:moving", "runs:unreported", "runs:unpushed", "runs:unfetched")
HEARD = 3600  # seconds for which the outline of a run on no list is kept, so that its agent hears that it has ended
QUEUED = "by-age:queued"
_ALL_BY_AGE = "by-age:*"
_ALL_SETS = "runs:*"
_PULLS = "pulls:waiting"  # the lists of pull requests in which runs wait for their turn
_UNLIST_EMPTY = "if redis.call('exists', KEYS[1]) == 0 then redis.call('srem', KEYS[2], KEYS[1]) end"


def run_key(run_id: str) -> str:
    """Return the key of a run as it is stored."""
    return f"run:{run_id}"


def outline_key(run_id: str) -> str:
    """Return the key of a run's outline, the part of it that readers of lists need."""
    return f"outline:{run_id}"


def active_key(repository: Repository) -> str:
    """Return the key of the list of a repository's active runs."""
    return f"runs:active:{repository.id}"


def moving_key(runner: str = "") -> str:
    """Return the key of the list of runs that move, on a runner or, for an empty name, on all."""
    return f"runs:moving:{runner}" if runner else "runs:moving"


def person_key(login: str) -> str:
    """Return the key of the list of active runs that a person asked for."""
    return f"runs:asked:{login.lower()}"


def at_work_key(runner: str = "") -> str:
    """Return the key of the list of runs that a runner has or, for an empty name, any."""
    return f"by-age:at-work:{runner}"


def lists(run: Run) -> dict[str, bool]:
    """Return the keys of all sets that may have such a run, and whether it belongs there now."""
    is_active = not (run.state.ended and run.reported)
    return {
        "runs:active": is_active,
        moving_key(): is_active and moves(run),
        moving_key(run.experiment.execution.place.runner): is_active and moves(run),
        active_key(run.experiment.repository): is_active,
        person_key(run.experiment.asked.author): is_active,
        "runs:unreported": run.published.unreported,
        "runs:unpushed": run.push_due is not None,
        "runs:unfetched": waits(run),
    }


def _by_age(run: Run) -> dict[str, bool]:
    """Return the keys of all sorted sets that may have such a run, and whether it belongs there now."""
    is_at_work, where = not run.state.ended and run.state not in BEFORE, run.experiment.pull_ref
    return {
        QUEUED: run.state is RunState.QUEUED,
        at_work_key(): is_at_work,
        at_work_key(run.experiment.execution.place.runner): is_at_work,
        _waiting_key(where): run.state is RunState.WAITING,
        _places_key(where): takes_place(run),
    }


def decoded(ids: object) -> Sequence[str]:
    """Return ids as text that were read from a list."""
    return [run_id.decode() for run_id in cast("Iterable[bytes]", ids)]


def enlist(pipe: Pipeline, run: Run, outline: bytes, seconds: int) -> None:
    """Add a run to the lists where it belongs, remove it from the others, and write its outline for so long."""
    where = lists(run)
    for name, is_listed in where.items():
        (pipe.sadd if is_listed else pipe.srem)(name, run.id)
    for name, is_listed in _by_age(run).items():
        if is_listed:
            pipe.zadd(name, {run.id: run.created})
        else:
            pipe.zrem(name, run.id)
    if run.state is RunState.WAITING:
        pipe.sadd(_PULLS, _waiting_key(run.experiment.pull_ref))
    pipe.set(outline_key(run.id), outline, ex=seconds if any(where.values()) else min(seconds, HEARD))


def strike(redis: Redis, pipe: Pipeline, run_id: str, run: Run | None) -> None:
    """Remove a run from all lists, and delete its outline. `run`: the run or its outline, where one is known."""
    for name in lists(run) if run else redis.scan_iter(_ALL_SETS, 1000, "SET"):
        pipe.srem(name, run_id)
    for key in _by_age(run) if run else redis.scan_iter(_ALL_BY_AGE, 1000):
        pipe.zrem(key, run_id)
    pipe.delete(outline_key(run_id))


def remaining(redis: Redis, ids: Iterable[str]) -> set[str]:
    """Return those of these ids of which something is stored. Remove the others from all lists.

    A run that nobody changes expires with its outline, and lists do not expire.
    """
    known = [*ids]
    with redis.pipeline(transaction=False) as look:
        for run_id in known:
            look.exists(run_key(run_id), outline_key(run_id))
        found = {run_id for run_id, kept in zip(known, look.execute(), strict=True) if kept}
    if gone := {*known} - found:
        with redis.pipeline() as pipe, suppress(WatchError):  # one was just created: who reads next removes the others
            keys = [run_key(run_id) for run_id in gone]
            pipe.watch(*keys)  # type: ignore[no-untyped-call] # redis-py leaves it untyped
            if not pipe.exists(*keys):
                pipe.multi()
                for name in redis.scan_iter(_ALL_SETS, 1000, "SET"):
                    pipe.srem(name, *gone)
                for key in redis.scan_iter(_ALL_BY_AGE, 1000):
                    pipe.zrem(key, *gone)
                pipe.execute()
    return found


def listed(redis: Redis) -> set[str]:
    """Return the ids of all runs that have an outline, or are on a list by age or with runs of all repositories."""
    found = {*decoded(redis.sunion([*LISTED]))}
    found |= {key.decode().removeprefix(outline_key("")) for key in redis.scan_iter(outline_key("*"), 1000)}
    for key in redis.scan_iter(_ALL_BY_AGE, 1000):
        found |= {*decoded(redis.zrange(key, 0, -1))}
    return found


def first_waiting(redis: Redis) -> Sequence[str]:
    """Return the id of the run that waits longest, of each pull request in which runs wait for their turn."""
    pulls = sorted(cast("set[bytes]", redis.smembers(_PULLS)))
    with redis.pipeline(transaction=False) as pipe:
        for key in pulls:
            pipe.zrange(key, 0, 0)
        firsts = cast("list[list[bytes]]", pipe.execute())
    for key, first in zip(pulls, firsts, strict=True):
        if not first:
            redis.eval(_UNLIST_EMPTY, 2, key, _PULLS)
    return [first[0].decode() for first in firsts if first]


def turn(redis: Redis, where: PullRef, jobs: int) -> Sequence[str]:
    """Return the ids of the runs whose turn it is. Both lists are read at once, so that none goes beyond `jobs`."""
    with redis.pipeline() as pipe:
        pipe.zcard(_places_key(where))
        pipe.zrange(_waiting_key(where), 0, max(0, jobs - 1))
        taken, first = pipe.execute()
    return decoded(first[: max(0, jobs - taken)])


def pull_key(where: PullRef) -> str:
    """Return the key of the list of a pull request's runs, by age."""
    return f"runs:{where.key}"


def _waiting_key(where: PullRef) -> str:
    return f"by-age:waiting:{where.key}"


def _places_key(where: PullRef) -> str:
    return f"by-age:places:{where.key}"
