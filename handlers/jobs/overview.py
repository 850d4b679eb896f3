"""The overview of a pull request: one comment and one commit status, renewed whenever something changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.errors import Forbidden, NotFound, UserError
from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.memos import MemoKind
from bot.unattended import unattended
from bot.workspace import repository_config
from experiments.data.fetching import lacking
from experiments.experiment import PullRef, Repository
from experiments.judging.comparison import compare
from experiments.judging.listing import SKIP
from experiments.offering import Offer, offered
from experiments.parts.change import Override
from experiments.provenance import left_by, unheard
from experiments.readiness.preflight import obstacles
from experiments.readiness.trial import configured
from experiments.run import Run
from experiments.run_state import BEFORE, RunState
from experiments.settings.check import unmatched
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from experiments.sweep import Sweep, entries
from handlers.checks.dvclive_entries import dropped
from handlers.jobs import composed_otherwise, drawn_pictures, project_memos
from handlers.jobs.cancel_on_close import stop
from handlers.jobs.delete_experiments import clear
from handlers.jobs.fetch_results import fetching
from handlers.jobs.settings_change import proposed
from handlers.jobs.sweep_memos import SweepResult, memos_of
from handlers.lookup.changed_since import dating
from handlers.lookup.projects import changed
from handlers.publishing import commit_status
from handlers.publishing.sticky_comment import ShownComment, comment_of, say
from reports.messages import fetching as fetching_messages
from reports.overview import commit_status as commit_status_report
from reports.overview.comment import MARKER, SIDES, Overview, Section, notes_about, render
from reports.overview.rows import Lines, RunRow, SweepLine, each_run
from reports.run.report import undrawn, unread
from reports.text.titles import selecting

SECTIONS = 20  # projects that are shown; the others are only counted
LINES = 60  # runs and sweeps that are read; the comment tells the number of older ones
_OVERVIEW = MemoKind[ShownComment, PullRef]("overview", ShownComment)
# SHA; vital, for without it what was merged would be compared with itself.
_BASE = MemoKind[str, PullRef]("base", str, vital=True)


def refresh(ports: Ports, where: PullRef, now: float) -> None:
    """Bring comment and statuses up to date. Write only what has changed."""
    try:
        now_there = ports.host.pull(where)
        config = repository_config(ports, now_there.repository, now_there.base_branch)
        stop(ports, now_there, ports.store.of_pull(where), now)
        kept_why = clear(ports, now_there, ports.store.of_pull(where), config, now)
        runs = ports.store.of_pull(where)
        pull = _without_parameter_commit(now_there, runs)
        with ports.reading(pull) as reading:
            _renew(reading, pull, runs, config, kept_why, now)
        project_memos.forget(ports, drawn_pictures.DRAWN, pull)
        project_memos.forget(ports, composed_otherwise.OTHERWISE, pull)
    except NotFound:
        return  # the pull request, a commit or the repository is gone


def _renew(ports: Ports, pull: PullRequest, runs: Sequence[Run], config: RepoConfig, kept_why: str, now: float) -> None:
    """Write the overview of a pull request in its present state."""
    repository, where = pull.repository, pull.ref
    try:
        ports.git.fetch_pull(pull)
    except UserError as much:  # a fork may bring commits of any size
        refusal = commit_status_report.of_refusal(much.message, where.page(), where.repository.host)
        commit_status.say(ports, pull, pull.head, refusal)
        return
    newest = list(reversed(entries(runs)))[:LINES]
    dated = dating(ports, repository, runs, config)
    lines = tuple(_line(ports, repository, pull.head, each, config, dated) for each in newest)
    shown: Overview | None = None
    refused: Forbidden | None = None
    skipped = SKIP in ports.git.message(repository, pull.head).lower()
    if not skipped or config.gated:  # a commit message can't bypass a gate
        silent = unattended(ports, [run.experiment.execution.place for run in runs if run.state in BEFORE])
        overview = _overview(ports, repository, pull, config, lines, dated, now)
        made = proposed(ports, repository, pull, overview.base)
        overview = replace(overview, kept_why=kept_why, unattended=silent, proposal=made)
        if _concerns_us(overview):
            shown = overview
            # Most pull requests of a large repository change no project, and need no comment.
            if not skipped and (overview.sections or made or ports.store.recall(_OVERVIEW.of(where))):
                try:
                    say(ports, where, _OVERVIEW.of(where), MARKER, render(overview))
                except Forbidden as error:  # for example, the conversation is locked; statuses are another right
                    refused = error
    _say_statuses(ports, pull, lines, shown, config, dated)
    if refused:
        raise refused


def admit_trouble(ports: Ports, where: PullRef, reference: str) -> None:
    """Say in the head's status that an error of ours kept the overview from being written, when no try is left."""
    pull = ports.host.pull(where)
    commit_status.say(ports, pull, pull.head, commit_status_report.of_trouble(reference, where.page()))


def _without_parameter_commit(pull: PullRequest, runs: Sequence[Run]) -> PullRequest:
    """Return the pull request with the head before our own parameter commit, until its results are there.

    That commit is marked to be skipped, while people want to see its run.
    """
    asked = [run.experiment for run in runs]
    before = {each.baseline: each.landing.head_before for each in asked if each.landing.head_before}
    return replace(pull, head=before.get(pull.head, pull.head))


def _concerns_us(overview: Overview) -> bool:
    """Return whether somebody trains in this repository, or meant to."""
    return (
        bool(overview.proposal)
        or overview.config != RepoConfig()
        or any(each.head.has_dvc or each.head.elsewhere or each.lines for each in overview.sections)
    )


def _line(
    ports: Ports,
    repository: Repository,
    head: str,
    found: Run | Sweep,
    config: RepoConfig,
    dated: Callable[[Snapshot], Snapshot],
) -> RunRow | SweepLine:
    """Return the line of a run, with its result against its baseline, or of a sweep, as its comment last said."""
    if isinstance(found, Sweep):
        memos = memos_of(found)
        ended = ports.store.recall(memos.result) or SweepResult()
        return SweepLine(found, ended.title, comment_of(ports, memos.table), ended.best, ended.failing)
    judged, project, declared = None, found.experiment.project, found.experiment.execution.declared
    offer, vain = Offer.ALL, tuple[Override, ...]()
    if found.result.commit or found.state is RunState.REUSED:  # a reused run made what was there already
        made = found.result.commit or found.experiment.compared
        ports.git.fetch(repository, [found.experiment.compared, made])
        before = dated(ports.snapshots.take(repository, found.experiment.compared, project, declared))
        after = left_by(ports.snapshots.take(repository, made, project, declared), found.outcome.provenance)
        judged = compare(before, after, config.of(project))
        offer = offered(found.experiment, after, ports.snapshots.take(repository, head, project, declared))
        offer = Offer.NOTHING if dropped(ports.git, found, config.of(project).declared) else offer
        vain = unheard(before, found.experiment, found.outcome.provenance)
    return RunRow(found, judged if found.result.commit else None, judged.failing if judged else (), offer, vain)


def _overview(
    ports: Ports,
    repository: Repository,
    pull: PullRequest,
    config: RepoConfig,
    lines: Lines,
    dated: Callable[[Snapshot], Snapshot],
    now: float,
) -> Overview:
    """Return the overview: head against merge base, for each project that was changed or has runs."""
    base = _base(ports, repository, pull)
    changed = {*_changed(ports, repository, pull, config), *(line.project for line in lines)}
    wanted = [each for each in config.folders if each in changed]
    shown, unseen = wanted[:SECTIONS], tuple(wanted[SECTIONS:])
    sections = []
    for project in shown:
        of_it = tuple(line for line in lines if line.project == project)
        sections.append(_section(ports, repository, pull, base, config.of(project), project, of_it, dated, now))
    others = tuple(each for each in config.folders if each not in wanted)
    return Overview(repository, pull, base, config, tuple(sections), others, unseen)


def _base(ports: Ports, repository: Repository, pull: PullRequest) -> str:
    """Return the SHA of the merge base; after a merge the one before it, since the head is its own merge base then."""
    base, memo = ports.git.merge_base(repository, pull.base, pull.head), _BASE.of(pull.ref)
    if pull.state == "open":
        ports.store.remember(memo, base)
    elif base == pull.head:
        return ports.store.recall(memo) or base
    return base


def _changed(ports: Ports, repository: Repository, pull: PullRequest, config: RepoConfig) -> Sequence[str]:
    try:
        return changed(ports, repository, pull, config)
    except UserError:  # more changes than can be listed: any project may be changed
        return config.folders


def _section(
    ports: Ports,
    repository: Repository,
    pull: PullRequest,
    base: str,
    config: RepoConfig,
    project: str,
    lines: Lines,
    dated: Callable[[Snapshot], Snapshot],
    now: float,
) -> Section:
    declared = config.declared
    before = ports.snapshots.take(repository, base, project, declared) if base else None
    head = dated(ports.snapshots.take(repository, pull.head, project, declared))
    sides = ((SIDES.after, head), (SIDES.before, before))
    sent = {called: fetching(ports, repository, pull, side, declared, now) for called, side in sides if side}
    fetches = [*fetching_messages.notes(sent)]
    comparison = compare(before, head, config, SIDES)
    pictures = drawn_pictures.pictures_of(ports, pull, project, before, head)
    unreadable = [
        *unread(before, head, SIDES, " ".join(fetches)),
        *undrawn(head, pictures, f"/plots{selecting(project, config)}"),
    ]
    trial = configured(config, repository.url)
    sentences = [each.sentence for each in obstacles(head, trial)]
    sentences += composed_otherwise.of_head(ports, pull, head)
    sentences += unmatched(config, head, before)
    return Section(
        project=project,
        head=head,
        comparison=comparison,
        lines=lines,
        pictures=pictures,
        notes=tuple(dict.fromkeys([*fetches, *sentences, *notes_about(unreadable, comparison, head, before, config)])),
        fetching=any(each.under_way for each in sent.values()),
        made_by=_made_by(ports, head, lines),
        lacking=lacking(head, sent[SIDES.after]),
    )


def _made_by(ports: Ports, head: Snapshot, lines: Lines) -> Run | None:
    """Return the newest landed run if a clone may miss data of it and the head still names all of that; else None."""
    landed = [line.run for line in each_run(lines) if line.run.result.landed]
    if not landed or not landed[0].result.delivered.missing:
        return None
    run, experiment = landed[0], landed[0].experiment
    ports.git.fetch(experiment.repository, [run.result.commit])
    made = ports.snapshots.take(
        experiment.repository, run.result.commit, experiment.project, experiment.execution.declared
    )
    return run if _kept(made) <= _kept(head) else None


def _kept(snapshot: Snapshot) -> set[tuple[str, str]]:
    return {(each.path, each.md5) for each in snapshot.data if each.is_output}


def _say_statuses(
    ports: Ports,
    pull: PullRequest,
    lines: Lines,
    shown: Overview | None,
    config: RepoConfig,
    dated: Callable[[Snapshot], Snapshot],
) -> None:
    """Set the status of the head and of every commit that runs started from or landed as."""
    repository = pull.repository
    url = pull.ref.page(comment_of(ports, _OVERVIEW.of(pull.ref)))
    runs = each_run(lines)
    commits = dict.fromkeys([pull.head, *(sha for line in runs for sha in line.run.commits)])
    for sha in commits:
        there = [line for line in runs if sha in line.run.commits]
        if len(there) == 1 and there[0].run.experiment.sweep.name:  # a member of a sweep that landed
            alone = _line(ports, repository, pull.head, there[0].run, config, dated)
            there = [replace(there[0], comparison=alone.comparison)] if isinstance(alone, RunRow) else there
        reports = [pull.ref.page(line.run.published.report) if line.run.published.report else "" for line in there]
        status = commit_status_report.of_runs(there, url, reports)
        if sha == pull.head and shown:
            status = commit_status_report.beside(status, shown, url)
        if status is not None:
            commit_status.say(ports, pull, sha, status)
