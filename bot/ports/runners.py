"""What the program needs to know of where training may happen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.boot_script import Boot
from bot.ports.engines import Engine
from experiments.fleet.ledger import Entry
from experiments.fleet.runners import Fleet


class Runner(Protocol):
    """Where training happens."""

    def folders(self, full_name: str) -> Sequence[str] | None:
        """Those of this machine that this repository's training may read as DVC remotes; None where it may read all."""
        ...

    def admit(self, full_name: str) -> str:
        """Why this repository may not train here, with what the operator can do; empty when it may."""
        ...


class Trainer(Runner, Protocol):
    """The same, on the machine that it is of."""

    def run(self, run_id: str, attempt: int, token: str, repository_full_name: str, timeout: int) -> int:
        """Train one attempt of a run of this repository until its agent has left; the agent's exit code."""
        ...


class ReadAudit(Protocol):
    """What who decides asks of the log of machines."""

    def month(self, at: float) -> Sequence[Entry]:
        """Of machines that were launched in that month."""
        ...

    def there(self, now: float) -> Mapping[str, Entry]:
        """Launches of which no end is noted, by the machine's name: of this month and the one before."""
        ...

    def paused(self) -> str:
        """Why nothing is launched now; empty where it is. The operator says so."""
        ...


class Audit(ReadAudit, Protocol):
    """The append-only log of machines. What is in it outlives Redis."""

    def reserve(self, entry: Entry, bound: Callable[[Sequence[Entry]], str]) -> str:
        """Note a launch, unless `bound` of what is in the log says why not; which is returned. Each is noted once."""
        ...

    def close(self, entry: Entry, launched: float) -> bool:
        """Note how a machine that was launched then ended, once; whether this was the first time."""
        ...

    def note(self, entry: Entry) -> None:
        """What belongs to no launch that is known: a machine that was found and ended. Once for a machine."""
        ...


class ReadRunners(Protocol):
    """What the operator declared, and what it came to; nothing that launches anything, and no secret."""

    @property
    def fleet(self) -> Fleet: ...
    @property
    def audit(self) -> ReadAudit: ...


@dataclass(frozen=True)
class Runners:
    """The operator's file, and what makes it work."""

    fleet: Fleet
    owner: str  # marks what we launch
    engines: Mapping[str, Callable[[], Engine]]  # by name of the runner; those that launch machines
    audit: Audit
    boot: Boot
    secrets: Mapping[str, str]  # of all variables that the file names, their values; they are told to agents only
    plugins: Mapping[str, str]  # by scheme of a DVC remote, what its environment is installed from: pins and hashes
