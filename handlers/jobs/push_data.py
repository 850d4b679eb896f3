"""Push data that is not in the DVC remote: the runner that keeps it pushes it again, without training."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.commands import Reply, Word
from bot.effects.renames import follow
from bot.errors import NotFound, UserError
from bot.ports import Ports
from bot.ports.keys import CHECK_RUN
from bot.ports.memos import MemoKind
from bot.remotes import CONFIG
from bot.workspace import Head, Workspace
from experiments.data.addresses import default_remote
from experiments.data.delivered import Data, Delivered, counted
from experiments.experiment import Experiment
from experiments.parts.asked import Asked
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.placement import EngineKind
from experiments.run import Ended, Run, latest, observe
from experiments.run_state import RunState
from handlers.lookup import by_name
from handlers.publishing.check_runs import complete
from handlers.publishing.run_report import report_of
from reports.messages import pushing, run_reasons
from reports.run.comment import render
from reports.run.reached import can_push, waits_for_remote

TIMEOUT = 7200  # seconds to hash the data and push it


@dataclass(frozen=True)
class ToldOfData:
    """What the report of a run says of its data."""

    data: Data
    remote: str
    cause: str
    lost: bool
    given_up: bool  # whether it is not pushed again by itself


_DELIVERED = MemoKind[ToldOfData, str]("delivered", ToldOfData)


def push_again(ports: Ports, run: Run, now: float) -> bool:
    """Have the data of a run pushed by the runner that trained it. Return False while that is under way already.

    Each try has an id made of the number of tries before, so that clock and people who ask at once mean the same try.
    """
    if not ports.store.recall(_DELIVERED.of(run.id)):
        ports.store.remember(_DELIVERED.of(run.id), data_shown(run))  # what its report says at present
    try_id = _id(run)
    known = ports.store.get(try_id)
    if known and known.state.ended:  # the job that should have taken its result in has died
        pushed(ports, known, now)
        return True
    old = run.experiment
    commit = run.result.landed_as or run.result.commit
    experiment = Experiment(
        repository=old.repository,
        pull=old.pull,
        baseline=commit,
        name=f"push-{old.name}",
        landing=LandingPlan(old.landing.branch, old.landing.base_branch, temp=True),
        project=old.project,
        asked=Asked(head=run.result.delivered.named_at),
        execution=Execution(timeout=TIMEOUT, place=old.execution.place, declared=old.execution.declared),
    )
    made = Run(id=try_id, experiment=experiment, created=now, fetch=True, pushes=run.id)
    created = ports.store.create(made)
    if created:
        ports.queue.train(made)
    return created


def pushed(ports: Ports, push: Run, now: float) -> None:
    """Note in the run what came of pushing its data, once the agent that pushed has ended, and renew what shows it.

    A second call changes nothing.
    """
    run = ports.store.get(push.pushes)
    if run is not None:
        found = push.result.delivered
        # Several machines may take the runs of such a runner, and another one may have the data.
        if push.experiment.execution.place.kind is EngineKind.RQ:
            found = replace(found, lost=False)
        if found.data is Data.UNKNOWN:  # its agent did not get that far
            why = run_reasons.push_not_begun(push.outcome.reason, push.state)
            found = Delivered(Data.NOT_PUSHED, run.result.delivered.remote, why)

        def known(seen: Run) -> Run:
            return _delivered(seen, counted(found, seen.result.delivered, now)) if _id(seen) == push.id else seen

        _tell(ports, ports.store.update(run.id, known))
    ports.store.update(push.id, lambda seen: observe(seen, Ended(RunState.SUCCEEDED), now))


def push(workspace: Workspace, name: Word, force: bool, line: str) -> Reply:
    """Carry out `/retry --push`: push what the DVC remote lacks of a run, or of the members of a sweep.

    Without a name, take the newest run that lacks anything. Raise UserError where no push can help.
    """
    if force:
        raise UserError(pushing.push_alone())
    sweep = by_name.sweep(workspace, name) if name else None
    if sweep:
        wanted = tuple(run for run in sweep.runs if can_push(run) or waits_for_remote(run))
        if not wanted:
            raise UserError(pushing.all_pushed(sweep.name))
        return Reply(acts=(PushData(wanted, _named_at(workspace, wanted)),))
    newest = latest(by_name.runs(workspace))
    missing = [run for run in newest if can_push(run)] or [run for run in newest if waits_for_remote(run)]
    run = missing[0] if missing and not name else by_name.run(workspace, name, line)
    found = run.result.delivered
    if not run.result.in_git or found.data in (Data.PUSHED, Data.NONE):
        raise UserError(pushing.nothing_to_push(run))
    runner = run.experiment.execution.place.runner
    there = runner in workspace.ports.runners.fleet.runners
    if found.lost or not run.keeps_objects or not there:
        raise UserError(pushing.gone(run, not there))
    return Reply(acts=(PushData((run,), _named_at(workspace, (run,))),))


def _named_at(workspace: Workspace, runs: Sequence[Run]) -> str:
    """Return the head, whose default DVC remote gets data of runs that had no remote; empty where each had one.

    Raise UserError where the head has no remote either.
    """
    without = [run for run in runs if run.result.delivered.data is Data.NO_REMOTE]
    if not without:
        return ""
    here = Head(workspace, without[0].experiment.project)
    workspace.ports.git.fetch(workspace.repository, [here.sha])
    if not default_remote(here.text(CONFIG))[1]:
        raise UserError(pushing.no_remote(without[0], here.sha, here.snapshot.prerequisites.remotes))
    return here.sha


@dataclass(frozen=True)
class PushData:
    """Pushes the data of these runs, as somebody asked."""

    runs: tuple[Run, ...]
    named_at: str  # SHA of the commit whose default remote gets data that had none

    def do(self, ports: Ports, now: float) -> str:
        """Start the pushes. Return a reply that says whether they start or are under way."""

        def named(seen: Run) -> Run:
            found = seen.result.delivered
            return _delivered(seen, replace(found, named_at=self.named_at)) if found.data is missing else seen

        missing = Data.NO_REMOTE
        begun = [push_again(ports, ports.store.update(run.id, named), now) for run in self.runs]
        return pushing.pushing(self.runs, any(begun))


def _tell(ports: Ports, run: Run) -> None:
    """Update what shows the run's data, only where it says something else than before."""
    if ports.store.recall(_DELIVERED.of(run.id)) == data_shown(run):
        return
    experiment = run.experiment
    if experiment.sweep.name:
        ports.queue.show(experiment.pull_ref, experiment.sweep.name)
    elif run.reported:
        run, pull = follow(ports, run)
        report = report_of(ports, run, pull)
        if run.published.report:
            with suppress(NotFound):  # somebody deleted the comment
                ports.host.edit_comment(run.experiment.repository, run.published.report, render(report))
        with ports.store.alone(CHECK_RUN.of(run.id)):
            complete(ports, run, report)
    ports.queue.refresh(experiment.pull_ref)
    ports.store.remember(_DELIVERED.of(run.id), data_shown(run))


def data_shown(run: Run) -> ToldOfData:
    """Return what reports say of a run's data, without the number of tries: each edit costs a request."""
    found = run.result.delivered
    return ToldOfData(found.data, found.remote, found.cause, found.lost, given_up=run.push_due is None)


def _id(run: Run) -> str:
    """Return the id of the next try to push a run's data."""
    return hashlib.sha256(f"{run.id}/push/{run.result.delivered.tries}".encode()).hexdigest()[:16]


def _delivered(run: Run, found: Delivered) -> Run:
    return replace(run, result=replace(run.result, delivered=found))
