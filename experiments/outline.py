"""The outline of a run: what lists of runs under way need to know of it, without its long texts."""

from dataclasses import replace

from experiments.experiment import Experiment
from experiments.run import Environment, Run
from experiments.run_state import RunState

STANDING = (RunState.ASKING, RunState.HELD)  # states that last until somebody types a command


def outline(run: Run) -> Run:
    """Return the run without parameter files, results and other fields that may be long.

    An experiment may have megabytes of parameter files, and the people of one repository decide how many there are.
    """
    asked = run.experiment
    experiment = Experiment(
        repository=asked.repository,
        pull=asked.pull,
        baseline=asked.baseline,
        branch=asked.branch,
        base_branch=asked.base_branch,
        name=asked.name,
        author=asked.author,
        comment=asked.comment,
        temp=asked.temp,
        queue=asked.queue,
        sweep=asked.sweep,
        number=asked.number,
        timeout=asked.timeout,
        place=asked.place,
        asks=asked.asks,
    )
    return replace(
        run,
        experiment=experiment,
        environment=Environment(),
        reason="",
        not_landed="",
        unfit="",
        checkpoints=(),
        interruptions=(),
        checks={},
        provenance=None,
        delivered=replace(run.delivered, nowhere=(), remotes=()),
    )


def moves(run: Run) -> bool:
    """Return whether the run trains or will train without another command, or a machine of it may still exist."""
    return run.state not in STANDING or any(each.ended is None for each in run.machines)
