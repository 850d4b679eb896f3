"""How much of Redis the runs of a repository take, and for how long each run is kept."""

from time import time

from redis.client import Pipeline

from experiments.experiment import Repository
from experiments.run import Run

KEEP = 90 * 24 * 3600  # seconds; a finished experiment lives in Git, this is for status and names
LONG = 16_000  # bytes from which an experiment is long
KEEP_LONG = 7 * 24 * 3600  # seconds after the end of a long one; enough for `/retry`


def weights_key(repository: Repository) -> str:
    """Return the key of what the runs of a repository take."""
    return f"weights:{repository.id}"


def life(run: Run) -> int:
    """Return the seconds for which a run is kept from now on."""
    is_over = run.state.ended and not run.checkpoints  # nobody finds the checkpoints of a run that is forgotten
    return KEEP_LONG if is_over and run.experiment.weight > LONG else KEEP


def weighed(run: Run) -> str:
    """Return the entry of a run among what its repository takes."""
    return f"{run.id} {_weight(run)}"


def weigh(pipe: Pipeline, run: Run, before: Run | None = None) -> None:
    """Record what a run takes, for as long as it is kept, in place of what it took `before`."""
    key = weights_key(run.experiment.repository)
    is_same = before is not None and _weight(before) == _weight(run)
    if before and not is_same:
        pipe.zrem(key, weighed(before))
    pipe.zadd(key, {weighed(run): time() + life(run)}, xx=is_same)
    pipe.expire(key, KEEP)


def _weight(run: Run) -> int:
    """Return about how many bytes a run takes: what was asked for, and what its agent said at its end."""
    made, told = run.provenance, [*run.environment.packages]
    if made:
        told += [*made.executed, *made.restored, *made.skipped, *made.failed, *made.written, *made.written.values()]
    return run.experiment.weight + sum(len(each.encode("utf-8", "replace")) for each in told)
