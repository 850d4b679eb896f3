"""Ports to runners: where training may happen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.boot_script import Boot
from bot.ports.engines import Engine
from experiments.fleet.ledger import AuditEntry
from experiments.fleet.runners import Fleet


class Runner(Protocol):
    """Where training happens."""

    def folders(self, full_name: str) -> Sequence[str] | None:
        """Return this machine's folders that the repository's training may read as DVC remotes; None: all."""
        ...

    def admit(self, full_name: str) -> str:
        """Return why this repository may not train here, with what the operator can do; empty where it may."""
        ...


class Trainer(Runner, Protocol):
    """A runner that trains on the machine of this process."""

    def run(self, run_id: str, attempt: int, token: str, repository_full_name: str, timeout: int) -> int:
        """Train one attempt of a run until its agent has ended. Return the agent's exit code. `timeout`: seconds."""
        ...


class ReadAudit(Protocol):
    """The log of machines, to be read."""

    def month(self, at: float) -> Sequence[AuditEntry]:
        """Return the entries of machines that were launched in the month of `at` (seconds since the epoch)."""
        ...

    def there(self, now: float) -> Mapping[str, AuditEntry]:
        """Return machine -> launch without a recorded end, of this month and the one before."""
        ...

    def paused(self) -> str:
        """Return why the operator has paused launching; empty where it goes on."""
        ...


class Audit(ReadAudit, Protocol):
    """The append-only log of machines, which outlives Redis."""

    def reserve(self, entry: AuditEntry, bound: Callable[[Sequence[AuditEntry]], str]) -> str:
        """Record a launch, once, unless `bound` of the log's entries returns why not. Return that reason, or ''."""
        ...

    def close(self, entry: AuditEntry, launched: float) -> bool:
        """Record, once, how a machine launched at that time ended. Return whether this was the first record."""
        ...

    def note(self, entry: AuditEntry) -> None:
        """Record, once, the end of a machine whose launch is not known."""
        ...


class ReadRunners(Protocol):
    """The operator's declarations and the log of machines, without secrets and means to launch."""

    @property
    def fleet(self) -> Fleet: ...
    @property
    def audit(self) -> ReadAudit: ...


@dataclass(frozen=True)
class Runners:
    """The operator's file of runners, and the parts that carry it out."""

    fleet: Fleet
    owner: str  # the mark of what we launch
    engines: Mapping[str, Callable[[], Engine]]  # by name of the runner; those that launch machines
    audit: Audit
    boot: Boot
    secrets: Mapping[str, str]  # of all variables that the file names, their values; they are told to agents only
    plugins: Mapping[str, str]  # by scheme of a DVC remote, what its environment is installed from: pins and hashes
