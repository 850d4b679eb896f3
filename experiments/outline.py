"""What everybody needs to know of a run that is under way, without what is long."""

from dataclasses import replace

from experiments.experiment import Experiment
from experiments.run import Environment, Run, State

STANDING = (State.ASKING, State.HELD)  # until somebody says a word


def outline(run: Run) -> Run:
    """The run without its texts, results and whatever else may be long: an experiment may have megabytes of parameter
    files, and how many of them there are is up to the people of one repository."""
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
    """Whether a runner has it or will have it without anybody's word, or a machine of it may still be there."""
    return run.state not in STANDING or any(each.ended is None for each in run.machines)
