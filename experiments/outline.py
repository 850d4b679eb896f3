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

# States that last until somebody types a command, or another run of the pull request ends.
STANDING = (RunState.ASKING, RunState.HELD, RunState.WAITING)


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
    """Return whether the run is with a runner or waits for one, or a machine of it may still exist."""
    return run.state not in STANDING or any(each.ended is None for each in run.machines)


def takes_place(run: Run) -> bool:
    """Return whether the run takes one of the places of its pull request, in which so many may train at once.

    What is being verified does not: its runner is free.
    """
    return not (run.fetch or run.state.ended or run.state in STANDING or run.state is RunState.FINISHING)
