"""A sweep in a pull request: one table that fills, one check run, and one new comment when it is over."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bot.effects.renames import followed
from bot.errors import Forbidden, NotFound
from bot.ports import Ports
from experiments.experiment import PullRef
from experiments.run import Run, reported
from experiments.sweep import Sweep, set_to, sweeps
from handlers.jobs.sweep_memos import Hopeless, ShownCheck, SweepMemos, SweepResult
from handlers.lookup.sweep_results import report_of
from handlers.publishing.run_report import picture_of
from handlers.publishing.sticky_comment import comment_of, say
from reports.messages import general, queue
from reports.plots import Point, repeated, swept
from reports.run.report import Picture
from reports.sweep.comment import check, ended_early, marker, over, table, title
from reports.sweep.report import SweepReport

GATES, CLAUSE = 200, 300  # gates that are remembered as failing, and characters of why: other places show the first one


def find(ports: Ports, where: PullRef, name: str) -> Sweep | None:
    """Return the pull request's sweep of that name; None where there is none."""
    found = sweeps(ports.store.of_pull(where))
    return next((sweep for sweep in found if sweep.name == name), None)


def show(ports: Ports, where: PullRef, name: str, now: float) -> None:
    """Bring everything that shows a sweep up to date. Write only what has changed.

    Raise Forbidden where the host accepts no comment; then nothing is tried again by itself.
    """
    sweep = find(ports, where, name)
    memos = SweepMemos(where, name)
    if sweep is None:
        _forget(ports, memos)
        return
    shown, refused = 0, None
    try:
        pull = ports.host.pull(where)
        sweep = followed(sweep, pull)
        report = report_of(ports, sweep)
        failing = tuple(clause[:CLAUSE] for clause in report.failing[:GATES])
        ended = SweepResult(title(report), report.best, failing) if sweep.over else SweepResult()
        ports.store.remember(memos.result, ended)
        with suppress(Forbidden):  # check runs need another right than comments
            _announce(ports, sweep, report, memos)
        comment = say(ports, pull.ref, memos.table, marker(name), table(report))
        _notify(ports, sweep, report, memos)
        shown = comment
    except NotFound:
        pass  # the pull request or the repository is gone
    except Forbidden as error:  # for example, the conversation is locked
        refused = error
    # Recorded last: if this job dies before, the clock asks for it again.
    _mark_published(ports, sweep, lambda run: reported(run, shown))
    if refused:
        raise refused


def _forget(ports: Ports, memos: SweepMemos) -> None:
    """Forget a sweep that was taken out of the queue as a whole, so that another one may have its name."""
    if comment := comment_of(ports, memos.table):
        with suppress(NotFound, Forbidden):
            text = f"{marker(memos.name, 'removed')}\n\n{queue.all_removed(memos.name)}"
            ports.host.edit_comment(memos.where.repository, comment, text)
    for memo in memos.all:
        ports.store.erase(memo)


def admit_trouble(ports: Ports, where: PullRef, name: str, reference: str) -> None:
    """Say in a comment that an error of ours kept the sweep from being shown, when no try is left."""
    sweep = find(ports, where, name)
    if sweep is None:
        return
    body = f"{marker(name, reference)}\n\n{general.trouble(reference)}"
    comment = ports.host.comment(where, body)

    def shown_there(run: Run) -> Run:
        return replace(run, published=replace(run.published, report=run.published.report or comment))

    _mark_published(ports, sweep, shown_there)


def _announce(ports: Ports, sweep: Sweep, report: SweepReport, memos: SweepMemos) -> None:
    """Update the sweep's check run on the head. Create a new one for a sweep that goes on after it was over."""
    wanted = check(report)
    if wanted is None:
        return
    repository = sweep.runs[0].experiment.repository
    digest = hashlib.sha256(repr(wanted).encode()).hexdigest()
    known = ports.store.recall(memos.check)
    if known and known.digest == digest:
        return
    try:
        if known and (known.status != "completed" or wanted.status == "completed"):
            made = known.id
            ports.host.update_check(repository, made, wanted)
        else:
            made = ports.host.create_check(repository, wanted)
    except NotFound:
        return  # the commit is gone
    ports.store.remember(memos.check, ShownCheck(made, wanted.status, digest))


def _notify(ports: Ports, sweep: Sweep, report: SweepReport, memos: SweepMemos) -> None:
    """Write a new comment, for edits notify nobody: when all is over, and once where the first members failed alike."""
    experiment = sweep.runs[0].experiment
    ended = hashlib.sha256(" ".join(sorted(run.id for run in sweep.ended)).encode()).hexdigest()[:16]
    last = ports.store.recall(memos.announced)
    held_back = ports.store.recall(memos.trouble) is Hopeless.HELD_BACK
    early = held_back and not ports.store.recall(memos.warned)
    if sweep.over and last != ended:
        words = over(replace(report, pictures=_pictures(ports, report)), marker(sweep.name, ended))
    elif early and not sweep.over:
        words = ended_early(report, marker(sweep.name, "early"))
    else:
        return
    mark = words.partition("\n")[0]
    if not ports.host.find_comment(experiment.pull_ref, mark):
        ports.host.comment(experiment.pull_ref, words)
    ports.store.remember(memos.announced, ended)
    if early:
        ports.store.remember(memos.warned, ended)


def _pictures(ports: Ports, report: SweepReport) -> tuple[Picture, ...]:
    """Return a picture of the metric that decides, over the parameters that vary."""
    repository = report.sweep.runs[0].experiment.repository
    if report.repeats:
        found = repeated(report.repeats)
        return (picture_of(ports, repository, found),) if found else ()
    ranking, places = report.ranking, report.sweep.varying
    if ranking.best is None:
        return ()
    runs = {run.experiment.name: run for run in report.sweep.runs}
    points = {}
    for each in ranking.order:
        values = tuple(set_to(runs[each.name], place) for place in places)
        points[each.name] = Point(values, each.value(ranking.file, ranking.metric))
    before = ranking.best.delta(ranking.file, ranking.metric)
    keys = [key for _, key in places]
    best = points[ranking.best.name]
    drawn = swept(keys, ranking.metric, list(points.values()), best, before.before if before else None)
    return (picture_of(ports, repository, drawn),) if drawn else ()


def _mark_published(ports: Ports, sweep: Sweep, mark: Callable[[Run], Run]) -> None:
    for run in sweep.ended:
        if not run.reported:
            ports.store.update(run.id, mark)
