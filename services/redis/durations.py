"""How long the last runs of a repository took, on which estimates are based."""

from collections.abc import Sequence
from typing import cast

from redis import Redis

from experiments.experiment import Repository
from experiments.run import Run
from services.redis.weights import KEEP

_MOST = 20  # runs of a repository


def note(redis: Redis, run: Run, seconds: float) -> None:
    """Record how long a run took, once for each run."""
    key = _key(run.experiment.repository)
    with redis.pipeline() as pipe:
        pipe.zadd(key, {f"{run.id} {seconds:.1f}": run.outcome.ended or 0.0})
        pipe.zremrangebyrank(key, 0, -_MOST - 1)
        pipe.expire(key, KEEP)
        pipe.execute()


def last(redis: Redis, repository: Repository) -> Sequence[float]:
    """Return what was noted of the last runs of a repository, in seconds."""
    kept = cast("Sequence[bytes]", redis.zrange(_key(repository), 0, -1))
    return [float(each.split()[1]) for each in kept]


def _key(repository: Repository) -> str:
    return f"durations:{repository.id}"
