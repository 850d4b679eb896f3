"""Shows what the demo is doing: a line for each step, which moves while the step takes long."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

WIDTH = 54  # characters of a step's name
MOVING = 0.5  # seconds between two updates on a terminal
WRITTEN = 5.0  # seconds between two dots in a log, where they stay


@contextmanager
def step(what: str, out: TextIO | None = None, every: float = 0) -> Iterator[None]:
    """Print a step's name, that it goes on, and the seconds it took. `every`: seconds between two signs of life."""
    out = out or sys.stdout
    terminal = out.isatty()
    begin, ended = time.monotonic(), threading.Event()

    def seconds() -> str:
        return f"{time.monotonic() - begin:6.1f} s"

    def live() -> None:
        while not ended.wait(every or (MOVING if terminal else WRITTEN)):
            out.write(f"\r{what:<{WIDTH}}{seconds()}" if terminal else ".")
            out.flush()

    out.write(f"{what:<{WIDTH}}")
    out.flush()
    sign = threading.Thread(target=live, daemon=True)
    sign.start()
    try:
        yield
    finally:
        ended.set()
        sign.join()
    out.write(f"\r{what:<{WIDTH}}{seconds()}\n" if terminal else f"{seconds()}\n")
    out.flush()
