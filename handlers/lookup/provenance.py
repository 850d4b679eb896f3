"""Provenance of the commits that runs of a pull request made."""

from collections.abc import Sequence

from experiments.provenance import left_by
from experiments.run import Run
from experiments.snapshot import Snapshot


def traced(snapshot: Snapshot, runs: Sequence[Run]) -> Snapshot:
    """Return the snapshot with what made its files, where one of these runs, oldest first, made the commit."""
    for run in reversed(runs):
        if run.outcome.provenance and snapshot.sha in (run.result.commit, run.result.landed_as):
            return left_by(snapshot, run.outcome.provenance)
    return snapshot
