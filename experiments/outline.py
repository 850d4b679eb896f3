"""The outline of a run: what lists of runs under way need to know of it, without its long texts."""

from dataclasses import replace

from experiments.experiment import Experiment
from experiments.parts.asked import Asked
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.parts.membership import Membership
from experiments.parts.outcome import Environment
from experiments.run import Run
from experiments.run_state import RunState

STANDING = (RunState.ASKING, RunState.HELD)  # states that last until somebody types a command


def outline(run: Run) -> Run:
    """Return the run without parameter files, results and other fields that may be long.

    An experiment may have megabytes of parameter files, and the people of one repository decide how many there are.
    """
    whole = run.experiment
    asked, landing, execution, sweep = whole.asked, whole.landing, whole.execution, whole.sweep
    experiment = Experiment(
        repository=whole.repository,
        pull=whole.pull,
        baseline=whole.baseline,
        name=whole.name,
        landing=LandingPlan(landing.branch, landing.base_branch, temp=landing.temp),
        asked=Asked(asked.author, asked.comment, cost=asked.cost),
        execution=Execution(execution.queue, execution.place, execution.timeout),
        sweep=Membership(sweep.name, sweep.number),
    )
    delivered = replace(run.result.delivered, nowhere=(), remotes=())
    return replace(
        run,
        experiment=experiment,
        checkpoints=(),
        interruptions=(),
        outcome=replace(run.outcome, environment=Environment(), reason="", provenance=None),
        result=replace(run.result, not_landed="", unfit="", delivered=delivered),
        published=replace(run.published, checks={}),
    )


def moves(run: Run) -> bool:
    """Return whether the run trains or will train without another command, or a machine of it may still exist."""
    return run.state not in STANDING or any(each.ended is None for each in run.machines)
