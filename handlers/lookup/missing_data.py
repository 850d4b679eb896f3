"""Data that a clone will miss of an experiment that goes onto a branch."""

from bot.workspace import Workspace
from experiments.data.amounts import counted
from experiments.refs import ExperimentRef
from experiments.run import Run
from experiments.snapshot import Snapshot
from handlers.lookup import by_name
from reports.run.reached import misses


def lacks(workspace: Workspace, kept: ExperimentRef, after: Snapshot) -> str:
    """Return what a clone will miss of an experiment: plain sentences, code in backquotes; empty where it gets all.

    `after`: the snapshot of the experiment's commit.
    """
    made = [run for run in by_name.runs(workspace) if run.result.commit == kept.sha]
    return lacking(made[-1] if made else None, after)


def lacking(run: Run | None, after: Snapshot) -> str:
    """Return the same for the run that made the experiment; None where no such run is known."""
    data = counted(after)
    outputs = [each.path for each in data if each.is_output]
    return misses(run, outputs or [each.path for each in data])
