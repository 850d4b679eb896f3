"""Define what every engine is tested on, and how a test waits for it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.boot_script import machine_name
from bot.ports.engines import Condition, Engine, Machine, Order
from experiments.placement import Placement

PATIENCE = 60.0  # seconds a real engine may take for one thing


class Backend(Protocol):
    """Provide a real engine, or one that answers as it does, with machines that really run what they are given."""

    place: Placement  # where it launches them
    shortest: int  # seconds of the shortest limit it enforces by itself; 0: none, the machine's own timer does

    @property
    def engine(self) -> Engine: ...

    def of(self, owner: str) -> Engine:
        """Return another engine of the same backend, for another owner."""
        ...

    def advance(self) -> None:
        """Do what the backend would do by itself meanwhile, where it has to be simulated: machines boot, end, are
        removed.
        """
        ...


@dataclass
class Launcher:
    """Launch machines in a test; what they write is below `folder`."""

    backend: Backend
    folder: Path
    given: list[Order] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        return self.backend.engine

    def order(self, script: str, seconds: int = 600, run: str = "") -> Order:
        """Return an order for a machine that runs this, with a run id of its own."""
        run = run or f"{len(self.given):04x}{int(time.time() * 1000) % 16**12:012x}"
        name = machine_name("tests", run, 1)
        made = Order(name, run, 1, self.backend.place, f"#!/bin/sh\n{script}\n", seconds, time.time() + seconds)
        self.given.append(made)
        return made

    def launch(self, script: str, seconds: int = 600) -> Machine:
        return self.engine.launch(self.order(script, seconds))

    def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Poll until the condition holds, while the engine does its work."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"still not so after {seconds:g} s: {self.engine.list_owned()}"
            self.backend.advance()
            time.sleep(0.1)

    def becomes(self, machine: Machine, condition: Condition) -> Machine:
        """Wait for the condition, and return the machine as it is then."""
        self.until(lambda: self.engine.status(machine).condition is condition)
        return self.engine.status(machine)

    def names(self) -> Sequence[str]:
        """Return the names of all machines that are ours and have not ended."""
        return [machine.name for machine in self.engine.list_owned()]


@contextmanager
def launcher(backend: Backend, folder: Path) -> Iterator[Launcher]:
    """Yield a launcher; no machine is left in the end."""
    made = Launcher(backend, folder)
    try:
        yield made
        for machine in made.engine.list_owned():
            made.engine.cancel(machine, 1)
        made.until(lambda: not made.engine.list_owned())
    finally:
        for machine in made.engine.list_owned():
            made.engine.cancel(machine, 0)
