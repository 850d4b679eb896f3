"""The operator's page: machines, runners, money by repository and person, and machines that were ended."""

from collections.abc import Sequence

from experiments.durations import spell
from experiments.experiment import PullRef
from experiments.fleet.ledger import Account, AuditEntry, account
from experiments.fleet.runners import Fleet, Machines
from experiments.run import Run
from experiments.run_state import BEFORE, RunState
from reports.run.check_run import PHASES
from reports.run.reached import tried
from reports.text.markdown import code, link, sentence, table, text

_ROWS = 200
_REAPED = 20
_PAUSE = "`python -m operate.switch pause WHY` keeps runs from beginning."


def overview(
    fleet: Fleet,
    there: Sequence[AuditEntry],
    entries: Sequence[AuditEntry],
    active: Sequence[Run],
    unpushed: Sequence[Run],
    paused: str,
    now: float,
) -> str:
    """Return the whole page as Markdown.

    `there`: launches of the machines that exist. `entries`: this month's, oldest first. `unpushed`: runs whose data is
    to be pushed again.
    """
    whole = account(entries)
    begun = {run.id: run for run in active}
    parts = [
        f"Nothing begins: {text(paused)}. `python -m operate.switch resume` ends that." if paused else _PAUSE,
        f"{_count(len(there), 'machine')} now. This month {_money(whole, fleet.currency)}.",
        _machines(there, begun, fleet.currency, now),
        "## Runs without a machine of their own",
        _runs([run for run in active if not (run.rented or run.state.ended)], fleet, now),
        *_unpushed(unpushed, now),
        "## Runners",
        _runners(fleet, active),
        "## Money of this month",
        _spent({entry.repository: account(entries, repository=entry.repository) for entry in entries}, fleet, False),
        _spent({entry.person: account(entries, person=entry.person) for entry in entries}, fleet, True),
        "" if entries else "Nobody has launched a machine this month.",
        "## Ended by the bot or by hand",
        _reaped(entries, now),
    ]
    return "\n\n".join(filter(None, parts))


def _machines(there: Sequence[AuditEntry], runs: dict[str, Run], currency: str, now: float) -> str:
    rows = []
    for entry in there[:_ROWS]:
        run = runs.get(entry.run)
        asked = _pull(run) if run else code(f"{entry.repository}#{entry.pull}")
        state = f"{code(run.experiment.name)}, {run.state}" if run else "over"
        money, since = f"{entry.money:.2f}" if entry.money else "–", spell(now - entry.at)
        rows.append((code(entry.machine), code(entry.place), asked, text(entry.person), state, since, money))
    header = ("machine", "place", "for", "asked for by", "its run", "since", f"{currency} at most")
    return table(header, rows, "llllllr") if rows else ""


def _runs(runs: Sequence[Run], fleet: Fleet, now: float) -> str:
    """Return a table of the runs that processes train, and of those that wait."""
    who = ", ".join(f"@{login}" for login in fleet.approval.by) if fleet.approval else ""
    rows = []
    for run in runs[:_ROWS]:
        cost = f"{run.experiment.asked.cost:.2f} {fleet.currency}"
        asks = f", for {cost} by {text(who)}" if run.state is RunState.ASKING else ""
        state = f"{PHASES[run.state].replace('`', '')}{asks}" if not run.attempt.waits else sentence(run.attempt.waits)
        asked = text(run.experiment.asked.author)
        where = code(run.experiment.execution.place.words)
        rows.append((code(run.experiment.name), where, _pull(run), asked, state, spell(now - run.created)))
    return table(("run", "place", "for", "asked for by", "state", "since"), rows) if rows else "None."


def _unpushed(runs: Sequence[Run], now: float) -> list[str]:
    """Return the heading and table of data that the DVC remotes did not take, and that is pushed again."""
    rows = [
        (code(run.experiment.name), _pull(run), sentence(run.result.delivered.cause), sentence(tried(run, now)))
        for run in sorted(runs, key=lambda run: run.push_due or now)[:_ROWS]
    ]
    return ["## Data that is not in its DVC remote", table(("run", "for", "why", "tried"), rows)] if rows else []


def _pull(run: Run) -> str:
    repository, number = run.experiment.repository, run.experiment.pull
    return link(code(f"{repository.full_name}{repository.host.sign}{number}"), PullRef(repository, number).page())


def _runners(fleet: Fleet, active: Sequence[Run]) -> str:
    rows = []
    for name, runner in fleet.runners.items():
        theirs = [run for run in active if run.experiment.execution.place.runner == name and not run.state.ended]
        waiting = sum(run.state in BEFORE for run in theirs)
        most = str(runner.at_once) if isinstance(runner, Machines) and runner.at_once else "–"
        rows.append((code(name), str(runner.type), str(len(theirs) - waiting), str(waiting), most))
    return table(("runner", "type", "at work", "waiting", "at once"), rows, "llrrr")


def _spent(accounts: dict[str, Account], fleet: Fleet, people: bool) -> str:
    budget = fleet.people if people else fleet.repositories
    rows = [
        (
            code(name),
            f"{each.spent:.2f}",
            f"{each.reserved:.2f}",
            f"{budget.of(name):.2f}" if budget.of(name) else "–",
            f"{each.hours:.1f}",
            str(each.machines),
        )
        for name, each in sorted(accounts.items(), key=lambda item: -item[1].taken)[:_ROWS]
        if name
    ]
    header = (
        "login" if people else "repository",
        f"spent, {fleet.currency}",
        "reserved",
        "budget",
        "hours",
        "machines",
    )
    return table(header, rows, "lrrrrr") if rows else ""


def _reaped(entries: Sequence[AuditEntry], now: float) -> str:
    found = [entry for entry in entries if entry.what == "reap"][: -_REAPED - 1 : -1]
    rows = [
        (
            code(each.machine),
            code(each.runner),
            code(f"{each.repository}#{each.pull}") if each.repository else "nobody known",
            text(each.why),
            f"{spell(now - each.at)} ago",
        )
        for each in found
    ]
    return table(("machine", "runner", "for", "why", "when"), rows) if rows else "None."


def _money(whole: Account, currency: str) -> str:
    return f"{whole.spent:.2f} {currency} are spent and {whole.reserved:.2f} reserved, for {whole.hours:.1f} hours"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
