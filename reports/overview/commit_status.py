"""The commit status `studio`: the outcome of all runs on one commit, as short as the host demands."""

from collections import Counter
from collections.abc import Sequence

from bot.ports.git_host import Status
from experiments.hosts import Host
from experiments.run import Run
from experiments.run_state import BEFORE, RunState
from reports.overview.comment import Overview, title, unjudged
from reports.overview.rows import RunRow, counted
from reports.run.gates import gate_title
from reports.run.headline import short
from reports.text.markdown import plain

OUTCOMES = {
    RunState.SUCCEEDED: "success",
    RunState.REUSED: "success",
    RunState.FAILED: "failure",
    RunState.TIMED_OUT: "failure",
    RunState.REFUSED: "error",
    RunState.VANISHED: "error",
    RunState.INTERRUPTED: "error",
}
WORST = ("error", "failure", "success")
WORDS = {RunState.SUCCEEDED: "trained"}  # the words for a run that worked; other states are their own words


def of_runs(lines: Sequence[RunRow], url: str, reports: Sequence[str]) -> Status | None:
    """Return the status of one commit's runs, newest first. None where there is none, or all were cancelled.

    It is pending while one of them is under way. After that, the runs that the newest comment asked for decide, the
    worst of them first: a sweep is one request, and yesterday's failure does not count today.
    `reports`: address of each line's report, empty where it has none.
    """
    if not lines:
        return None
    host = lines[0].run.experiment.repository.host
    active = [line.run for line in lines if not line.run.state.ended and line.run.state is not RunState.HELD]
    if active:
        return Status("pending", _cut(_under_way(active), host), url)
    ended = [(line, report) for line, report in zip(lines, reports, strict=True) if line.run.state in OUTCOMES]
    if not ended:
        return None
    newest = [
        each for each in ended if each[0].run.experiment.asked.comment == ended[0][0].run.experiment.asked.comment
    ]
    outcomes = [_outcome(line) for line, _ in newest]
    state = next(each for each in WORST if each in outcomes)
    if len(newest) == 1:
        line, report = newest[0]
        return Status(state, _cut(f"{_name(line.run)}: {_ended(line)}", host), report or url)
    amounts_by_word = Counter(WORDS.get(line.run.state, str(line.run.state)) for line, _ in newest)
    amounts = ", ".join(f"{count} {words}" for words, count in amounts_by_word.items())
    barred = next((f"; {gate_title(line.failing)}" for line, _ in newest if line.failing), "")
    return Status(state, _cut(f"{_together([line.run for line, _ in newest])}: {amounts}{barred}", host), url)


def of_overview(overview: Overview, url: str) -> Status:
    """Return the status of the head's numbers: only a gate fails it, and it is pending while the numbers are being
    fetched."""
    failing = [each for each in overview.sections if each.comparison.failing]
    if failing and all(each.fetching for each in failing) and not unjudged(overview):
        return Status("pending", "What only the DVC remote has is being fetched", url)
    return Status(
        "failure" if failing or unjudged(overview) else "success", _cut(title(overview), overview.repository.host), url
    )


def beside(status: Status | None, overview: Overview, url: str) -> Status:
    """Return the status of the head, whose runs have this one. The head is what gets merged, so a run that worked
    beside it, or that was compared with its own baseline only, does not open a gate that the head fails."""
    own = of_overview(overview, url)
    return own if status is None or (status.state == "success" and own.state != "success") else status


def of_trouble(reference: str, url: str) -> Status:
    """Return the status where the bot failed to make the overview."""
    return Status("error", f"The report could not be made; its reference for the operator is {reference}", url)


def of_refusal(why: str, url: str, host: Host) -> Status:
    """Return the status where the bot does not look at the head. `why`: whole sentences."""
    return Status("error", _cut(why, host), url)


def _under_way(active: Sequence[Run]) -> str:
    if all(run.experiment.sweep.name for run in active) and len({run.experiment.sweep.name for run in active}) == 1:
        return f"{_together(active)} is under way"
    if len(active) == 1:
        return f"{_name(active[0])} is {'queued' if active[0].state in BEFORE else 'under way'}"
    return f"Runs: {counted(active)}"


def _together(runs: Sequence[Run]) -> str:
    """Return what several runs are called together."""
    sweeps = {run.experiment.sweep.name for run in runs}
    name = sweeps.pop()
    return f"Sweep {plain(name, 50)}" if name and not sweeps else f"{len(runs)} runs"


def _outcome(line: RunRow) -> str:
    outcome = OUTCOMES[line.run.state]
    return "failure" if line.failing and outcome == "success" else outcome


def _ended(line: RunRow) -> str:
    if line.failing:
        return gate_title(line.failing)
    if line.comparison is not None and line.run.state is RunState.SUCCEEDED:
        return short(line.comparison)
    return str(line.run.state)


def _name(run: Run) -> str:
    return plain(run.experiment.name, 50)


def _cut(words: str, host: Host) -> str:
    return plain(words, host.status_limit)
