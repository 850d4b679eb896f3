"""What every engine is tried on, and how a test waits for it."""

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


class Stand(Protocol):
    """A real engine, or what answers as it does, with machines that really run what they are given."""

    place: Placement  # that it has
    shortest: int  # seconds of the shortest limit it keeps by itself; 0: none, the machine's own timer does

    @property
    def engine(self) -> Engine: ...

    def of(self, owner: str) -> Engine:
        """Return an engine like it with another mark."""
        ...

    def turn(self) -> None:
        """What the engine does by itself meanwhile, where it has to be moved: machines boot, end, are cleared away."""
        ...


@dataclass
class Floor:
    """Where machines are launched in a test; what they write is below `folder`."""

    stand: Stand
    folder: Path
    given: list[Order] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        return self.stand.engine

    def order(self, script: str, seconds: int = 600, run: str = "") -> Order:
        """Return an order for a machine that runs this, with a run id of its own."""
        run = run or f"{len(self.given):04x}{int(time.time() * 1000) % 16**12:012x}"
        name = machine_name("tests", run, 1)
        made = Order(name, run, 1, self.stand.place, f"#!/bin/sh\n{script}\n", seconds, time.time() + seconds)
        self.given.append(made)
        return made

    def launch(self, script: str, seconds: int = 600) -> Machine:
        return self.engine.launch(self.order(script, seconds))

    def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Poll until the condition holds, while the engine does its work."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"still not so after {seconds:g} s: {self.engine.list_owned()}"
            self.stand.turn()
            time.sleep(0.1)

    def becomes(self, machine: Machine, condition: Condition) -> Machine:
        """As it is then."""
        self.until(lambda: self.engine.status(machine).condition is condition)
        return self.engine.status(machine)

    def names(self) -> Sequence[str]:
        """Return the names of all machines that are ours and have not ended."""
        return [machine.name for machine in self.engine.list_owned()]


@contextmanager
def floor(stand: Stand, folder: Path) -> Iterator[Floor]:
    """A test's own; in the end no machine is left."""
    made = Floor(stand, folder)
    try:
        yield made
        for machine in made.engine.list_owned():
            made.engine.cancel(machine, 1)
        made.until(lambda: not made.engine.list_owned())
    finally:
        for machine in made.engine.list_owned():
            made.engine.cancel(machine, 0)
