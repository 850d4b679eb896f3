"""What the bot says about checkpoints and resuming from them."""

from collections.abc import Sequence

from experiments.durations import spell
from experiments.experiment import Experiment
from experiments.offering import from_it
from experiments.run import Checkpoint, Run
from experiments.wording import some
from reports.run.environment import size
from reports.text.markdown import code

_NAMED = 5


def can_resume(run: Run) -> str:
    """Return a sentence about what is kept, with a space before it. Empty where nothing is kept."""
    experiment = run.experiment
    if not experiment.execution.checkpointed:
        return ""
    what = some((code(path, 60) for path in experiment.execution.checkpointed), _NAMED)
    are = "is" if len(experiment.execution.checkpointed) == 1 else "are"
    newest = f" The newest is {kept(run.checkpoints[-1])}." if run.checkpoints else ""
    each = "Each" if experiment.sweep.name else "It"
    every = spell(experiment.execution.checkpoint_every)
    return f" {each} can resume: {what} {are} kept, at most once in {every}.{newest}"


def kept(checkpoint: Checkpoint) -> str:
    """Return which checkpoint it is, and its size."""
    return f"checkpoint {checkpoint.number} ({size(checkpoint.size)})"


def goes_on(experiment: Experiment, owner: Run, newest: Checkpoint) -> str:
    """Say from which checkpoint an experiment goes on."""
    at = code(experiment.baseline[:7])
    return f"{code(experiment.name)} goes on from {kept(newest)} of {code(owner.experiment.name)}, on {at} as it did."


def starts_over(experiment: Experiment) -> str:
    """Say that an experiment starts from its beginning."""
    return f"{code(experiment.name)} starts over, on {code(experiment.baseline[:7])} as it did."


def reset_what() -> str:
    """Say that `--reset` needs `--resume`."""
    return (
        "`--reset` goes with `--resume NAME`: it starts that run over. Any other `/run` begins at the beginning anyway."
    )


def resume_alone(name: str, asked: Experiment | None) -> str:
    """Say that `--resume` excludes options that would make another experiment. `asked`: the experiment of that name;
    None where it is not known."""
    return (
        "`--resume` goes on with an experiment as it was asked for: only `--reset`, `-n`, `--temp` and `--timeout` can "
        f"stand beside it. {code(from_it(name, asked))} takes its parameters into another one."
    )


def at_work(run: Run) -> str:
    """Say that a run is not over, so that nothing can be resumed."""
    name = run.experiment.name
    return f"{code(name)} is {run.state}: there is nothing to resume. {code(f'/cancel {name}')} stops it."


def no_checkpoint(run: Run) -> str:
    """Say why there is no checkpoint, and what to do."""
    name = run.experiment.name
    again = code(f"/run --resume {name} --reset")
    if not run.experiment.execution.checkpointed:
        why = "its project has no output with `persist: true` in `dvc.yaml`, which is what copies are kept of"
    elif run.result.commit:
        why = f"it finished, and its result is what to continue from: {code(f'/run --rev {name}')}"
    else:
        why = "it ended before the first one was kept, or they were removed"
    return f"No checkpoint of {code(name)} is kept: {why}. {again} trains it from its beginning."


def needed(run: Run, by: Run) -> str:
    """Say that a run can't be removed while another one goes on from its checkpoint."""
    other = by.experiment.name
    return (
        f"{code(other)} goes on from the checkpoint of {code(run.experiment.name)} and is {by.state}: "
        f"{code(f'/cancel {other}')} stops it, then both can be removed."
    )


def forgotten(runs: Sequence[Run]) -> str:
    """Say which checkpoints were deleted. Empty where there were none."""
    count = sum(len(run.checkpoints) for run in runs)
    names = some(dict.fromkeys(code(run.experiment.name) for run in runs), _NAMED)
    return f"Deleted: {count} checkpoint{'' if count == 1 else 's'} of {names}." if runs else ""
