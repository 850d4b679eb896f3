"""The operator's page in words: machines, runners, money by repository and person, and what was ended."""

from collections.abc import Sequence

from experiments.durations import spell
from experiments.fleet.ledger import Account, Entry, account
from experiments.fleet.runners import Fleet, Machines
from experiments.run import BEFORE, Run
from reports.markdown import code, link, table, text

_ROWS = 200
_REAPED = 20


def overview(
    fleet: Fleet, there: Sequence[Entry], entries: Sequence[Entry], active: Sequence[Run], paused: str, now: float
) -> str:
    """Markdown of the whole page. `there`: launches of the machines that are; `entries`: this month's, oldest first."""
    whole = account(entries)
    parts = [
        f"Nothing begins: {text(paused)}. `python -m runners.switch resume` ends that." if paused else "",
        f"{_count(len(there), 'machine')} now. This month {_money(whole, fleet.currency)}.",
        _machines(there, {run.id: run for run in active}, now),
        "## Runners",
        _runners(fleet, active),
        "## Money of this month",
        _spent({entry.repository: account(entries, repository=entry.repository) for entry in entries}, fleet, False),
        _spent({entry.person: account(entries, person=entry.person) for entry in entries}, fleet, True),
        "## Ended by the bot or by hand",
        _reaped(entries, now),
    ]
    return "\n\n".join(filter(None, parts))


def _machines(there: Sequence[Entry], runs: dict[str, Run], now: float) -> str:
    rows = []
    for entry in there[:_ROWS]:
        run = runs.get(entry.run)
        page = f"{run.experiment.repository.url}/pull/{entry.pull}" if run else ""
        whose = f"{entry.repository}#{entry.pull}"
        state = text(str(run.state)) if run else "over"
        asked = link(code(whose), page) if page else code(whose)
        rows.append((code(entry.machine), code(entry.place), asked, text(entry.person), state, spell(now - entry.at)))
    header = ("machine", "place", "for", "asked for by", "its run", "since")
    return table(header, rows) if rows else ""


def _runners(fleet: Fleet, active: Sequence[Run]) -> str:
    rows = []
    for name, runner in fleet.runners.items():
        theirs = [run for run in active if run.experiment.place.runner == name and not run.state.ended]
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
    return table(header, rows, "lrrrrr") if rows else "Nobody has launched a machine this month."


def _reaped(entries: Sequence[Entry], now: float) -> str:
    found = [entry for entry in entries if entry.what == "reap"][: -_REAPED - 1 : -1]
    rows = [(code(each.machine), code(each.runner), text(each.why), f"{spell(now - each.at)} ago") for each in found]
    return table(("machine", "runner", "why", "when"), rows) if rows else "None."


def _money(whole: Account, currency: str) -> str:
    return f"{whole.spent:.2f} {currency} are spent and {whole.reserved:.2f} reserved, for {whole.hours:.1f} hours"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
