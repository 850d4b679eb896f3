"""How much of Redis the stored runs of a repository take, and for how long each run is kept."""

from collections.abc import Collection
from time import time
from typing import cast

from redis import Redis
from redis.client import Pipeline

from experiments.experiment import Repository
from experiments.run import Run
from services.redis.run_lists import run_key

KEEP = 90 * 24 * 3600  # seconds; a finished experiment lives in Git, this is for status and names
LONG = 32_000  # bytes from which a stored run is long; most take less than half of it
KEEP_LONG = 7 * 24 * 3600  # seconds after the end of a long one; enough for `/retry`
_OLD = "weights:"  # the keys of an older version, whose weights are not those of what is stored


def sizes_key(repository: int | str) -> str:
    """Return the key of what the runs of a repository take, by its id."""
    return f"sizes:{repository}"


def life(run: Run, size: int) -> int:
    """Return the seconds for which a run is kept from now on. `size`: bytes that are stored of it."""
    is_over = run.state.ended and not run.checkpoints  # nobody finds the checkpoints of a run that is forgotten
    return KEEP_LONG if is_over and size > LONG else KEEP


def weigh(pipe: Pipeline, run: Run, size: int) -> None:
    """Record how many bytes are stored of a run, for as long as it is kept."""
    _record(pipe, sizes_key(run.experiment.repository.id), run.id, size, life(run, size))


def unweigh(pipe: Pipeline, run: Run) -> None:
    """Forget what a run took."""
    pipe.hdel(sizes_key(run.experiment.repository.id), run.id)


def weight_of(redis: Redis, repository: Repository, without: Collection[str]) -> int:
    """Return the bytes that are stored of a repository's runs, but for those whose ids are in `without`."""
    key, now = sizes_key(repository.id), time()
    found = cast("dict[bytes, bytes]", redis.hgetall(key))
    known = {run_id.decode(): entry.split() for run_id, entry in found.items()}
    if gone := [run_id for run_id, (_, until) in known.items() if float(until) <= now]:
        redis.hdel(key, *gone)
    return sum(int(size) for run_id, (size, _) in known.items() if run_id not in {*gone, *without})


def reweigh(redis: Redis) -> None:
    """Weigh the runs that an older version weighed, by what is stored of them."""
    for old in redis.scan_iter(f"{_OLD}*", 1000):
        entries = cast("list[bytes]", redis.zrange(old, 0, -1))
        ids = [entry.decode().split()[0] for entry in entries]
        with redis.pipeline() as pipe:
            for run_id in ids:
                pipe.strlen(run_key(run_id))
                pipe.ttl(run_key(run_id))
            found = pipe.execute()
            for run_id, size, left in zip(ids, found[::2], found[1::2], strict=True):
                if size:
                    _record(pipe, sizes_key(old.decode().removeprefix(_OLD)), run_id, size, left if left > 0 else KEEP)
            pipe.delete(old)
            pipe.execute()


def _record(pipe: Pipeline, key: str, run_id: str, size: int, seconds: int) -> None:
    pipe.hset(key, run_id, f"{size} {time() + seconds}")
    pipe.expire(key, KEEP)
