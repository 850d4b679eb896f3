"""The entries of the audit log: which machines were launched, for whom and at what cost. And the sums of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from experiments.fleet.runners import Fleet
from experiments.wording import quoted


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log, which is never changed."""

    at: float  # seconds since the epoch
    what: Literal["launch", "end", "reap"]
    machine: str  # its name
    runner: str
    run: str = ""
    attempt: int = 0
    repository: str = ""  # owner/name
    person: str = ""  # login of who asked for the run
    pull: int = 0
    place: str = ""  # the place in words
    price: float = 0.0  # currency an hour; of a launch: at most
    money: float = 0.0  # of a launch: reserved until the time limit; of end and reap: hours by price, an estimate
    hours: float = 0.0  # of end and reap: how long the machine was ours
    why: str = ""


@dataclass(frozen=True)
class Account:
    """The money, hours and machines of a repository or a person in one month."""

    spent: float = 0.0
    reserved: float = 0.0
    hours: float = 0.0
    machines: int = 0

    @property
    def taken(self) -> float:
        """Money that can no longer be spent: spent or reserved."""
        return self.spent + self.reserved


def month(at: float) -> str:
    """Return the month of a time, `2026-11`, in UTC. Budgets begin anew with each month. `at`: seconds since the
    epoch."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def still_open(entries: Iterable[AuditEntry]) -> dict[str, AuditEntry]:
    """Return the launches without an end, by the machine's name. A name may be launched again where no machine came of
    it."""
    found: dict[str, AuditEntry] = {}
    for entry in entries:
        if entry.what == "launch":
            found[entry.machine] = entry
        else:
            found.pop(entry.machine, None)
    return found


def account(entries: Sequence[AuditEntry], repository: str = "", person: str = "") -> Account:
    """Return the sums of one month's entries for a repository, a person or both. All entries count where neither is
    named."""

    def theirs(entry: AuditEntry) -> bool:
        return (not repository or entry.repository.lower() == repository.lower()) and (
            not person or entry.person.lower() == person.lower()
        )

    over = [entry for entry in entries if entry.what != "launch" and theirs(entry)]
    running = [entry for entry in still_open(entries).values() if theirs(entry)]
    return Account(
        spent=sum(entry.money for entry in over),
        reserved=sum(entry.money for entry in running),
        hours=sum(entry.hours for entry in over),
        machines=len(over) + len(running),
    )


def closing(
    launch: AuditEntry, what: Literal["end", "reap"], now: float, hours: float, price: float, why: str
) -> AuditEntry:
    """Return the entry that closes a launch once its machine is gone."""
    return replace(launch, at=now, what=what, price=price, money=hours * price, hours=hours, why=why)


def beyond(fleet: Fleet, entries: Sequence[AuditEntry], repository: str, person: str, money: float) -> str:
    """Return why `money` more may not be spent this month: a sentence with the bound. Empty where it may be."""
    if money <= 0:
        return ""
    sides = (
        (quoted(repository), fleet.repositories.of(repository), account(entries, repository=repository)),
        (f"@{person}", fleet.people.of(person), account(entries, person=person)),
    )
    for whose, budget, known in sides:
        if budget and known.taken + money > budget:
            return (
                f"It may cost {money:.2f} {fleet.currency}, and of this month's {budget:.2f} of {whose} "
                f"{known.spent:.2f} are spent and {known.reserved:.2f} reserved for what is running."
            )
    return ""
