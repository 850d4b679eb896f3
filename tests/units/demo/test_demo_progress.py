"""The progress that a person sees while the demo starts."""

import re
import threading
from io import StringIO

import pytest

from demo.progress import step


class Screen(StringIO):
    """Record where a step is shown, and when there were signs of life."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal
        self.signs = threading.Semaphore(0)

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        if text.startswith(("\r", ".")):
            self.signs.release()
        return super().write(text)


@pytest.mark.parametrize(
    ("terminal", "line"),
    [(True, r"Training +(\rTraining +\d+\.\d s){3,}\n"), (False, r"Training +\.{2,} *\d+\.\d s\n")],
    ids=["a terminal's line moves", "a log gets dots"],
)
def test_a_step_shows_signs_of_life_and_ends_with_its_seconds(terminal: bool, line: str) -> None:
    screen = Screen(terminal)
    with step("Training", screen, every=0.001):
        assert screen.signs.acquire(timeout=20)
        assert screen.signs.acquire(timeout=20)
    assert re.fullmatch(line, screen.getvalue())


def test_a_failed_step_shows_no_seconds() -> None:
    screen = Screen(terminal=False)
    with pytest.raises(KeyboardInterrupt), step("Training", screen):
        raise KeyboardInterrupt
    assert screen.getvalue().strip() == "Training"
