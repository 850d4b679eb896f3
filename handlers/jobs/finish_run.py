"""Finish a run whose agent has ended: verify what it returned, bring it into Git, and report."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial

from bot.effects.budget_check import is_full
from bot.effects.landing import land
from bot.effects.renames import follow
from bot.errors import Forbidden, NotFound, Rejected
from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.keys import CHECK_RUN
from bot.workspace import repository_config
from experiments.data.delivered import Data, Delivered
from experiments.data.remotes import MOST
from experiments.experiment import Experiment
from experiments.limits import fitting
from experiments.provenance import KEPT_NAMES, Provenance, lost
from experiments.run import Ended, Run, observe, reported
from experiments.run_state import RunState
from experiments.sweep import THROTTLE
from handlers.checks.landing import Settings, stays_off
from handlers.checks.result import Result
from handlers.checks.returned import looked_at
from handlers.jobs.branch_with_pull_request import opened_for
from handlers.jobs.checkpoints import forget_all
from handlers.jobs.fetch_results import fetched
from handlers.jobs.push_data import pushed
from handlers.jobs.queue import feed
from handlers.jobs.sweep import find
from handlers.publishing.check_runs import complete
from handlers.publishing.run_report import report_of
from reports.messages import general, run_reasons
from reports.run import unfit
from reports.run.comment import marker, render

PATIENCE = 6 * 3600  # seconds after training in which an unreadable result is tried again


def finish(ports: Ports, run_id: str, now: float) -> Sequence[str]:
    """Take in the result of a run, and publish its report. Skip each step that was done before.

    Return why the host refused parts of the report, for the operator's log.
    """
    run = ports.store.relist(run_id)  # the clock may have found it by an outline that nobody has kept up
    if run is None:
        return ()
    if run.pushes:
        pushed(ports, run, now)
        return ()
    if run.fetch:
        fetched(ports, run, now)
        return ()
    if run.reported:
        _close(ports, run)  # an earlier job may have been killed before it came here
        return ()
    run, pull = follow(ports, run)
    experiment = run.experiment
    # Read once, so that the same settings decide whether a result lands and judge it in the report.
    settings = cache(partial(repository_config, ports, experiment.repository, experiment.landing.base_branch))
    if experiment.execution.queue:
        feed(ports, experiment.pull_ref, now)  # the runner is free, however the result turns out
    if run.state is RunState.FINISHING:
        run = _settle(ports, run, pull, settings, now)
    if not run.state.ended:
        return ()
    if run.state in (RunState.SUCCEEDED, RunState.REUSED):
        forget_all(ports, run)  # its result replaces its checkpoints
    if run.state is RunState.SUCCEEDED and run.attempt.started and run.outcome.ended and not run.interruptions:
        ports.store.note_duration(run, run.outcome.ended - run.attempt.started)
    if experiment.sweep.name:
        _add_to_sweep(ports, run)
        return ()
    return _publish(ports, run, pull, settings)


def put_off(ports: Ports, run_id: str, now: float) -> bool:
    """Leave an unreadable result for the clock to try again, and show that in the check run.

    Return False where this has gone on for too long.
    """
    run = ports.store.get(run_id)
    if run is None or run.state is not RunState.FINISHING or now - (run.attempt.trained or run.created) > PATIENCE:
        return False
    why = run_reasons.not_read_yet()
    waiting = ports.store.update(run_id, lambda seen: replace(seen, attempt=replace(seen.attempt, waits=why)))
    if waiting != run:
        ports.queue.announce(waiting)
    return True


def fail_internal(ports: Ports, run_id: str, reference: str, now: float) -> None:
    """End a run after an error of ours, when no try is left. `reference` names the error in the log."""
    run = ports.store.get(run_id)
    is_kept = run is not None and ports.files.path(run, "bundle").exists()
    kept = run_reasons.kept(run_id, run.attempt.number) if run and is_kept else ""
    reason = " ".join(filter(None, (run_reasons.trouble(reference), kept)))
    _give_up(ports, run_id, lambda _: reason, lambda _: " ".join(filter(None, (general.trouble(reference), kept))), now)


def fail_forbidden(ports: Ports, run_id: str, refusal: str, now: float) -> None:
    """End a run where the host refuses what that needs: a right was taken away, or the App or pull request is gone."""

    def reason(run: Run) -> str:
        return run_reasons.not_let_in(run.experiment.repository.host)

    _give_up(ports, run_id, reason, lambda run: general.not_let_in(run, refusal), now)


def _give_up(ports: Ports, run_id: str, reason: Callable[[Run], str], says: Callable[[Run], str], now: float) -> None:
    """End the run, free the branch, and say so where the host allows it. Leave what was pushed."""
    run = ports.store.update(run_id, lambda seen: seen)
    run = _end(ports, run, Ended(RunState.FAILED, reason(run)), now)
    experiment, host = run.experiment, ports.host
    if run.fetch:
        return  # the report names what was not fetched
    if experiment.sweep.name:
        _add_to_sweep(ports, run)
        return
    ports.store.unlock_landing(experiment.repository, experiment.landing.branch, run_id)
    number = 0
    with suppress(Forbidden, NotFound):
        number = host.find_comment(experiment.pull_ref, marker(run)) or host.comment(
            experiment.pull_ref, f"{marker(run)}\n\n{says(run)}"
        )
    run = ports.store.update(run_id, lambda seen: reported(seen, number))
    with suppress(Forbidden):
        complete(ports, run, None)
    ports.queue.refresh(experiment.pull_ref)


def _settle(ports: Ports, run: Run, pull: PullRequest, settings: Settings, now: float) -> Run:
    """Take the result in, or end the run with the reason against it."""
    result = looked_at(ports, run)
    if isinstance(result, Result) and (why := _keep(ports, result)):
        result = Ended(RunState.REFUSED, why)
    return _take_in(ports, result, pull, settings, now) if isinstance(result, Result) else _end(ports, run, result, now)


def _keep(ports: Ports, result: Result) -> str:
    """Push the result as an experiment. Return why that failed; else empty."""
    experiment = result.run.experiment
    try:
        ports.git.push(experiment.repository, result.made, experiment.ref)
    except Rejected as error:
        return run_reasons.ref_rejected(experiment.repository.host, experiment.ref, str(error))
    except Forbidden:
        return run_reasons.may_not_write(experiment.repository.host, experiment.name)
    return ""


def _take_in(ports: Ports, result: Result, pull: PullRequest, settings: Settings, now: float) -> Run:
    """Land a kept experiment or open its pull request, as was asked, and remember the outcome."""
    run, made, after = result.run, result.made, result.after
    barred = unfit.explained(result.taken.barred, run.experiment.execution.has_dvc)
    head, why_not = _land(ports, result, pull, settings, barred)
    opened = 0
    if run.experiment.landing.new_branch and not barred:
        opened, why_not = opened_for(ports, run, pull, made, after)
    elif run.experiment.landing.new_branch:
        why_not = barred
    full = is_full(ports.store, run.experiment.repository)  # many runs began while they were small
    provenance = Provenance() if result.provenance and full else result.provenance

    def known(seen: Run) -> Run:
        kept = [each for each in after.data if each.is_output or seen.result.delivered.data is not Data.NO_REMOTE]
        # Input that a commit names is no data of the run.
        delivered = seen.result.delivered if kept else Delivered(Data.NONE)
        remotes = after.prerequisites.remotes[:MOST]
        nowhere = () if full else fitting(lost(after, provenance), KEPT_NAMES)
        delivered = replace(delivered, nowhere=nowhere, remotes=remotes)
        there = replace(seen.result, commit=made, landed=bool(head), head=head, not_landed=why_not, opened=opened)
        there = replace(there, unfit=barred, delivered=delivered)
        made_of = replace(seen, result=there, outcome=replace(seen.outcome, provenance=provenance))
        return observe(made_of, Ended(RunState.SUCCEEDED), now)

    return ports.store.update(run.id, known)


def _land(ports: Ports, result: Result, pull: PullRequest, settings: Settings, barred: str) -> tuple[str, str]:
    """Land a result. Return the SHA it landed as, and why it did not; both empty where nobody asked for it."""
    experiment, made = result.run.experiment, result.made
    if experiment.landing.temp:
        return "", ""
    if why := barred or stays_off(ports, result, pull, settings):
        return "", why
    ref = f"refs/heads/{experiment.landing.branch}"
    try:
        head = land(
            ports,
            experiment.repository,
            experiment.landing.branch,
            made,
            experiment.baseline,
            experiment.change.message,
        )
        return head, ""
    except Rejected as error:
        tip = ports.git.remote_refs(experiment.repository, ref).get(ref, "")
        if tip == experiment.baseline:
            return "", run_reasons.branch_rejected(experiment.repository.host, experiment.landing.branch, str(error))
        return "", run_reasons.head_moved(experiment.landing.branch, tip, _left(ports, experiment, tip))
    except Forbidden:
        return "", run_reasons.may_not_land(experiment.repository.host, experiment.name)


def _left(ports: Ports, experiment: Experiment, tip: str) -> bool:
    """Return whether the branch lacks the baseline, after a forced push."""
    if not tip:
        return False
    ports.git.fetch(experiment.repository, [tip])
    return not ports.git.is_ancestor(experiment.repository, experiment.baseline, tip)


def _end(ports: Ports, run: Run, ended: Ended, now: float) -> Run:
    over = ports.store.update(run.id, lambda seen: observe(seen, ended, now))
    if over.experiment.execution.queue:
        feed(ports, over.experiment.pull_ref, now)  # with this one it may be plain that the rest of a sweep will fail
    return over


def _add_to_sweep(ports: Ports, run: Run) -> None:
    """Ask for a new table of the run's sweep, at once where the sweep is over."""
    experiment = run.experiment
    where = experiment.pull_ref
    sweep = find(ports, where, experiment.sweep.name)
    after = 0.0 if sweep is None or sweep.over else THROTTLE
    ports.queue.show(where, experiment.sweep.name, after)
    ports.queue.refresh(where, after)


def _publish(ports: Ports, run: Run, pull: PullRequest, settings: Settings) -> Sequence[str]:
    """Publish comment and check runs. Return why the host refused parts of them."""
    where = run.experiment.pull_ref
    report = report_of(ports, run, pull, settings())
    number, refused = 0, []
    try:
        number = ports.host.find_comment(where, marker(run)) or ports.host.comment(where, render(report))
    except Forbidden as error:  # for example, the conversation is locked
        refused.append(str(error))
    try:
        with ports.store.alone(CHECK_RUN.of(run.id)):  # nobody overwrites it with an older state
            complete(ports, run, report)
    except Forbidden as error:
        refused.append(str(error))
    _close(ports, ports.store.update(run.id, lambda seen: reported(seen, number)))
    return refused


def _close(ports: Ports, run: Run) -> None:
    """Free the branch after the report, and ask for a refresh of the overview."""
    experiment = run.experiment
    ports.store.unlock_landing(experiment.repository, experiment.landing.branch, run.id)
    ports.queue.refresh(experiment.pull_ref)
