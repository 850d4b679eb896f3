"""The table of a pull request's runs in its overview."""

from collections.abc import Sequence

from bot.ports.git_host import PullRequest
from experiments.experiment import Repository
from experiments.offering import Offer, from_it
from experiments.run import Run
from experiments.run_state import RunState
from experiments.sweep import counts, made_or_to_be
from experiments.wording import some
from reports.overview.rows import Lines, RunRow, SweepLine, counted, each_run
from reports.run.headline import SYMBOLS, short
from reports.run.reached import brief, brief_of
from reports.text import links
from reports.text.markdown import code, details, link, table, text
from reports.text.size_limits import SizeLimits
from reports.text.titles import outcome
from reports.text.values import NONE

NEW = 5  # runs that are shown unfolded though they are over


def table_of_runs(lines: Lines, pull: PullRequest, repository: Repository, limits: SizeLimits) -> str:
    """Return a table of runs, the newest first, and how many are under way. Old runs that are over are folded."""
    if not lines:
        return ""
    now = counted([line.run for line in each_run(lines)])
    shown = lines[: limits.rows]
    fresh = [line for place, line in enumerate(shown) if place < NEW or not _over(line)]
    parts = [f"### Runs{f' ({now})' if now else ''}", _table(fresh, pull, repository)]
    if older := [line for line in shown if line not in fresh]:
        what = f"{len(older)} older run{'' if len(older) == 1 else 's'}"
        parts.append(details(what, _table(older, pull, repository), limits.folds))
    if more := len(lines) - len(shown):
        parts.append(f"{more} older runs are not listed.")
    return "\n\n".join(parts)


def _table(lines: Sequence[RunRow | SweepLine], pull: PullRequest, repository: Repository) -> str:
    rows = [
        _sweep_row(line, pull, repository) if isinstance(line, SweepLine) else _row(line, pull, repository)
        for line in lines
    ]
    return table(("experiment", "result", "sets", "state", "where", "by"), rows)


def _over(line: RunRow | SweepLine) -> bool:
    return line.sweep.over if isinstance(line, SweepLine) else line.run.state.ended


def _sweep_row(line: SweepLine, pull: PullRequest, repository: Repository) -> tuple[str, ...]:
    """Return the row of a sweep. The sweep's own comment tells the rest."""
    sweep, experiment = line.sweep, line.sweep.runs[0].experiment
    typed = {(each.file, each.key): each.text.partition("=")[0] for each in experiment.change.overrides}
    keys = [typed.get(place) or place[1] for place in sweep.varying]
    url = pull.ref.page(line.table)
    return (
        f"{code(sweep.name, 60)} ({_count(len(made_or_to_be(sweep.runs)))})",
        text(line.result) or NONE,
        some([code(each, 60) for each in (*keys, *(one.text for one in sweep.common if one.text))], 6) or NONE,
        counts(sweep.runs),
        ", ".join(filter(None, [link("table", url) if line.table else "", brief_of(sweep.runs)])) or NONE,
        code(experiment.asked.author, 40),
    )


def _count(number: int) -> str:
    return f"{number} experiment{'' if number == 1 else 's'}"


def _row(line: RunRow, pull: PullRequest, repository: Repository) -> tuple[str, ...]:
    run, experiment = line.run, line.run.experiment
    vain = " (no stage that ran lists it)"
    values = (
        code(each.text or f"{each.key}={each.value}", 60) + vain * (each in line.unheard)
        for each in experiment.change.overrides
    )
    sets = some([*values, *(code(each.text, 60) for each in experiment.change.inputs)], 6)
    return (
        code(experiment.name, 60),
        _result(line),
        sets or NONE,
        _state(run, repository),
        _where(line, pull, repository),
        code(experiment.asked.author, 40),
    )


def _state(run: Run, repository: Repository) -> str:
    check = run.published.checks.get(run.experiment.shown_at)
    restored = run.state is RunState.SUCCEEDED and run.outcome.provenance and run.outcome.provenance.only_restored
    text = f"{run.state}, restored" if restored else outcome(run)
    return link(text, repository.check_page(check)) if check else text


def _result(line: RunRow) -> str:
    if line.comparison is None or not line.comparison.deltas:
        return NONE
    return f"{SYMBOLS[line.comparison.verdict]} {text(short(line.comparison))}"


def _where(line: RunRow, pull: PullRequest, repository: Repository) -> str:
    """Return where a run's commit and report are, and what to type where that is worth it."""
    run = line.run
    parts = [f"landed as {links.commit(repository, run.result.landed_as)}"] if run.result.landed else []
    waits = run.result.commit and not run.result.landed
    if run.result.opened:
        parts.append(links.pull(repository, run.result.opened))
    elif run.result.removed:
        parts.append("removed")
    elif run.result.undone:  # its commit is in the history, below the one that took it back
        parts.append(f"taken back: {_again(run)}")
    elif run.result.unfit:
        parts.append("not on the branch: it changes what is not declared")
    elif waits and run.experiment.change.composed and run.experiment.baseline != pull.head:
        parts.append(f"not on the branch: {code(_from(run))} trains its parameters here")
    elif waits:
        invited = line.comparison is None or line.comparison.invites
        parts.append("not on the branch" + (_brings(line, pull.state == "open") if invited else ""))
    parts += filter(None, [brief(run)])
    if run.published.unreported:
        parts.append(f"{repository.host.title} took no report")
    if run.published.report:
        parts.append(link("report", pull.ref.page(run.published.report)))
    return ", ".join(parts) or NONE


def _from(run: Run) -> str:
    return from_it(run.experiment.name, run.experiment)


def _again(run: Run) -> str:
    """Return what to type to have again what was taken back."""
    if run.experiment.change.overrides:
        return f"{code(_from(run))} trains its parameters again"
    return f"{code(f'/apply {run.experiment.name}')} puts it there again"


def _brings(line: RunRow, is_open: bool) -> str:
    """Return what to type so that a branch gets what can be had of the run."""
    name = line.run.experiment.name
    if not is_open:
        return f": {code(f'/branch {name}')}"
    words = {Offer.ALL: f"/apply {name}", Offer.PARAMETERS: f"/apply {name} --params-only"}
    return f": {code(words[line.offer])}" if line.offer in words else ""
