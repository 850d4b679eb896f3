"""What the bot says about runs: status, logs, cancel and retry."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from experiments.durations import spell
from experiments.experiment import Experiment
from experiments.hosts import Host
from experiments.offering import Offer, from_it, moved
from experiments.run import Run, latest
from experiments.run_state import BEFORE, RETRYABLE, RunState
from experiments.settings.fields import PATH
from experiments.sweep import Sweep, counts, entries
from experiments.wording import quoted, some
from reports.run.check_run import PHASES
from reports.run.machine import on, rented
from reports.run.reached import brief, can_push, lacking, tried, why
from reports.text import links
from reports.text.logs import scrubbed, tail
from reports.text.markdown import code, fence, sentence, table
from reports.text.titles import experiment_title, made_again, outcome

_ROWS = 40  # rows of one table
_NAMED = 20  # experiments in one sentence
_UNPUSHED = 10  # runs whose missing data is explained
_LOG = 50_000  # characters


@dataclass(frozen=True)
class Worth:
    """The run that is worth having on the branch."""

    run: str = ""  # its id; empty where there is none
    offer: Offer = Offer.NOTHING  # how much of it may be offered
    has_branch: bool = False  # it has a branch of its own
    head: str = ""  # SHA of the pull request's head


def status(
    host: Host,
    runs: Sequence[Run],
    waiting: Sequence[str],
    training: int,
    now: float,
    worth: Worth,
    in_git: Sequence[str],
    untrained: str,
) -> str:
    """Return the answer to `/status`. `runs` are newest first.

    `waiting`: ids of the runs of all repositories that wait for a runner, in their order. `in_git`: names of
    experiments, where no run is known. `untrained`: why `/run` would train nothing; empty where it would.
    """
    trains, waits = "trains" if training == 1 else "train", "waits" if len(waiting) == 1 else "wait"
    queue = f"On this bot {_count(training, 'run')} {trains} and {len(waiting)} {waits} for a runner."
    if not runs:
        shown = some((code(name, 60) for name in in_git), _NAMED)
        kept = f"\n\nExperiments in Git: {shown}. `/show` lists them with their numbers." if in_git else ""
        what = untrained or "`/run` trains its head, `/params` lists what can be tried."
        return f"No run of this {host.request} is known here. {queue}{kept}\n\n{what}"
    found = list(reversed(entries(runs)))
    rows = [_sweep_row(each, now) if isinstance(each, Sweep) else _row(each, waiting, now) for each in found[:_ROWS]]
    listing = table(("run", "state", "asked for", "parameters", "where it is"), rows)
    more = f"\n\n{len(found) - _ROWS} older ones are not shown." if len(found) > _ROWS else ""
    commands = [f"- {code(command)} {what}" for command, what in _commands(host, latest(runs), worth, not untrained)]
    parts = [f"**Runs of this {host.request}**\n\n{listing}{more}", queue, _unpushed(latest(runs), now)]
    return "\n\n".join(filter(None, [*parts, "You can type:", "\n".join(commands)]))


def _unpushed(newest: Sequence[Run], now: float) -> str:
    """Return a line for each run whose data a clone would lack: why, and what happens next."""
    found = [run for run in newest if run.result.in_git and run.result.delivered.missing]
    lines = []
    for run in found[:_UNPUSHED]:
        reasons = " ".join(filter(None, (lacking(run), why(run), tried(run, now))))
        lines.append(f"- {code(run.experiment.name)}: {sentence(reasons)}")
    lines += [f"- … {len(found) - _UNPUSHED} more."] if len(found) > _UNPUSHED else []
    return "\n".join(lines)


def logs(run: Run, log: str, lines: int, now: float) -> str:
    """Return the last lines of a log in a fence, without what looks like a credential. `now`: seconds since the
    epoch."""
    name = code(run.experiment.name)
    state = _ended(run) if run.state.ended else f"is {run.state}"
    about = f"{name} {state}, asked for {_ago(run.created, now)}"
    shown = tail(scrubbed(log), lines)
    if not shown:
        return f"{about}. It has logged nothing yet." if not run.state.ended else f"{about}. It logged nothing."
    total = len(tail(log, len(log)).splitlines())
    cut = len(shown) > _LOG
    if cut:
        shown = shown[-_LOG:].partition("\n")[2]
    count = len(shown.splitlines())
    of = f"The last {count} of {total} lines" if count < total else f"All {_count(count, 'line')}"
    why = " A comment has no room for more." if cut else ""
    return f"{about}. {of} of its log:{why}\n\n{fence(shown, 'text')}"


def no_run(host: Host) -> str:
    """Say that no run is known."""
    return (
        f"No run of this {host.request} is known here. `/status` tells what can be typed, `/show` lists what Git has."
    )


def too_late(run: Run) -> str:
    """Say that a run was over, or is about to be, when it was to be cancelled."""
    if run.state.ended:
        return f"{code(run.experiment.name)} {_ended(run)} before it could be cancelled."
    return f"{code(run.experiment.name)} is trained: its result is being looked at, and its report comes in a moment."


def nothing_to_cancel(host: Host, meant: Run | Sweep, active: Sequence[Run | Sweep], now: float) -> str:
    """Say that a run or sweep is over, and list what is not. `active`: what could be cancelled instead."""
    if isinstance(meant, Sweep):
        over = f"Of the sweep {code(meant.name)}, {counts(meant.runs)}: there is nothing to cancel."
    else:
        when = f" {_ago(meant.outcome.ended, now)}" if meant.outcome.ended else ""
        over = f"{code(meant.experiment.name)} {_ended(meant)}{when}: there is nothing to cancel."
    if active:
        return f"{over} Not over yet:\n\n{_cancels(active, now)}"
    return f"{over} Nothing else of this {host.request} is running or waiting; `/status` shows all its runs."


def several_active(host: Host, active: Sequence[Run | Sweep], now: float) -> str:
    """Ask which of several runs or sweeps is meant."""
    return f"{len(active)} things of this {host.request} are not over. Say which one:\n\n{_cancels(active, now)}"


def reused(name: str, run: Run, landed: str) -> str:
    """Return the beginning of a sentence: a reused run is no experiment of its own. `landed`: name of the experiment
    that is its baseline."""
    named = f", which is {quoted(landed)}," if landed else ""
    how = "was trained again and" if made_again(run) else "was reused: it"
    base = quoted(run.experiment.baseline[:7])
    return f"{quoted(name)} {how} made nothing that {base}{named} does not have, and is no experiment of its own"


def not_retryable(run: Run) -> str:
    """Say why a run can't be retried: it worked, or is not over."""
    name = run.experiment.name
    if not run.state.ended:
        return (
            f"{code(name)} is {run.state}. {code(f'/cancel {name}')} stops it, {code('/status')} shows how it gets on."
        )
    again = code(f"/retry {name} --force")
    return f"{code(name)} {_ended(run)}, so there is nothing to retry. {again} trains it once more anyway."


def parameters(experiment: Experiment) -> str:
    """Return the overrides of an experiment as they are typed."""
    return " ".join(each.text for each in experiment.change.overrides)


def _commands(host: Host, newest: Sequence[Run], worth: Worth, trains: bool) -> list[tuple[str, str]]:
    """Return commands with what each does, each about the newest run that it fits. `trains`: whether something can be
    trained."""
    apply = ("/apply NAME", "puts it on the branch", lambda run: run.id == worth.run)
    if worth.offer is Offer.PARAMETERS:
        apply = ("/apply NAME --params-only", "puts its parameters on the branch", lambda run: run.id == worth.run)
    kinds: Sequence[tuple[str, str, Callable[[Run], object]]] = (
        ("/approve NAME", "lets it be trained", lambda run: run.state is RunState.ASKING),
        (
            "/cancel NAME",
            "stops it",
            lambda run: not run.state.ended and run.state not in (RunState.HELD, RunState.ASKING),
        ),
        ("/retry NAME", "trains it again as it was asked for", lambda run: trains and _is_retryable(run, worth.head)),
        ("/retry NAME --push", "pushes its data to the DVC remote again", can_push),
        apply,
        (
            "/branch NAME",
            f"gives it a branch and a {host.request}",
            lambda run: run.id == worth.run and not worth.has_branch,
        ),
        (
            "/run --from NAME",
            "trains its parameters with today's code",
            lambda run: (
                trains and run.state.ended and run.experiment.change.overrides and not run.experiment.sweep.name
            ),
        ),
        ("/logs NAME", "shows the end of its log", lambda run: run.state not in BEFORE),
    )
    held = any(run.state is RunState.HELD for run in newest)
    found = [("/start", "trains what is in the queue")] if held else []
    for line, what, fits in kinds:
        run = next(filter(fits, newest), None)
        if run:
            name = run.experiment.name
            typed = from_it(name, run.experiment) if "--from" in line else line.replace("NAME", name)
            found.append((typed, what))
    return [*found, ("/help", "tells the rest")]


def _is_retryable(run: Run, head: str) -> bool:
    return run.state in RETRYABLE and not moved(run.experiment, head)


def aside(run: Run) -> bool:
    """Return whether a run is an experiment that can be brought onto a branch. Members of sweeps are left to the report
    of the sweep."""
    is_kept = run.state is RunState.SUCCEEDED and not run.result.removed
    return is_kept and not (run.experiment.sweep.name or run.result.landed or run.result.undone or run.result.unfit)


def _cancels(active: Sequence[Run | Sweep], now: float) -> str:
    lines = []
    for each in active:
        first = each.runs[0] if isinstance(each, Sweep) else each
        name = each.name if isinstance(each, Sweep) else first.experiment.name
        how = f"a sweep: {counts(each.runs)}" if isinstance(each, Sweep) else f"which is {first.state}"
        asked = f"asked for {_ago(first.created, now)} by {code(first.experiment.asked.author)}"
        lines.append(f"- {code(f'/cancel {name}')}{_of(first)}, {how}, {asked}")
    return "\n".join(lines)


def _row(run: Run, waiting: Sequence[str], now: float) -> tuple[str, ...]:
    return (
        experiment_title(run.experiment),
        _state(run, waiting, now),
        f"{_ago(run.created, now)} by {code(run.experiment.asked.author)}",
        code(parameters(run.experiment), 200) if run.experiment.change.overrides else "–",
        _where(run),
    )


def _sweep_row(sweep: Sweep, now: float) -> tuple[str, ...]:
    first, keys = sweep.runs[0], [key for _, key in sweep.varying]
    why = next((run.attempt.waits for run in sweep.runs if run.state is RunState.WAITING and run.attempt.waits), "")
    return (
        f"{code(sweep.name)}, a sweep{_of(first)}",
        f"{counts(sweep.runs)}. {sentence(why)}" if why else counts(sweep.runs),
        f"{_ago(first.created, now)} by {code(first.experiment.asked.author)}",
        ", ".join(code(key) for key in keys) or "–",
        ", ".join(_places(sweep.runs)) or "–",
    )


def _places(runs: Sequence[Run]) -> Iterator[str]:
    """Yield where the members of a sweep are that have ended."""
    made = [run for run in runs if run.state is RunState.SUCCEEDED and not run.result.removed]
    landed = sum(bool(run.result.landed_as) for run in made)
    if aside := len(made) - landed:
        yield f"{_count(aside, 'experiment')}, not on the branch"
    if landed:
        yield f"{landed} on the branch"
    bases = dict.fromkeys(run.experiment.baseline[:7] for run in runs if run.state is RunState.REUSED)
    yield from (f"reused from {code(sha)}" for sha in bases)


def _of(run: Run) -> str:
    return f" in {code(run.experiment.project)}" if run.experiment.project else ""


def _state(run: Run, waiting: Sequence[str], now: float) -> str:
    machine = ", ".join(filter(None, (on(run), rented(run, run.outcome.ended or now))))
    if run.state in (RunState.WAITING, RunState.QUEUED, RunState.FINISHING) and run.attempt.waits:
        return f"{sentence(run.attempt.waits)}{machine}"
    if run.state is RunState.QUEUED and run.id in waiting and not run.machines:
        return f"queued{on(run)}, {waiting.index(run.id) + 1} of {len(waiting)} waiting"
    if run.state is RunState.SUCCEEDED and run.outcome.provenance and run.outcome.provenance.only_restored:
        return f"{run.state}, restored from the run cache{machine}"
    return f"{outcome(run)}{machine}" if run.state.ended else f"{PHASES[run.state]}{machine}"


def _where(run: Run) -> str:
    place = "an experiment, not on the branch" if run.state is RunState.SUCCEEDED else "–"
    if run.result.landed_as:
        asked = run.experiment
        place = f"{code(asked.landing.branch)}, {links.commit(asked.repository, run.result.landed_as)}"
    elif run.result.removed:
        place = "removed"
    elif run.state is RunState.REUSED:
        place = f"no experiment of its own, {code(run.experiment.baseline[:7])} has its results"
    return ", ".join(filter(None, [place, brief(run)]))


def _ended(run: Run) -> str:
    passive = (RunState.CANCELLED, RunState.REFUSED, RunState.REUSED, RunState.INTERRUPTED)
    ended = f"was {run.state}" if run.state in passive else str(run.state)
    return "ended with the same result" if made_again(run) else ended


def _ago(then: float, now: float) -> str:
    return f"{spell(max(0.0, now - then))} ago"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def not_to_script(words: Sequence[str], script: str) -> str:
    """Say that words which only `dvc exp run` understands can't go to a script."""
    given = ", ".join(map(code, words))
    return (
        f"{given} would go to {code('dvc exp run')}, and here {code(script)} trains: {code('script')} of "
        f"{code(PATH)} says so, and it is run each time. Leave {'it' if len(words) == 1 else 'them'} out."
    )
