"""The limits themselves: an example that takes too long is stopped, and rounds end."""

import signal

import pytest

from tests.fuzz.pace import TooSlow, rounds, within


def test_what_takes_too_long_is_stopped_and_nothing_after_it() -> None:
    with pytest.raises(TooSlow, match=r"more than 0\.05 s"), within(0.05):
        while True:
            pass
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_there_is_one_round_at_least_and_an_end() -> None:
    assert len(list(rounds(0))) == 1
    assert len([sum(range(1000)) for _ in rounds(0.01)]) > 1
