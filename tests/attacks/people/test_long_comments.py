"""Comments that are written to keep the bot busy: each is read or answered within 200 ms of processor time."""

import time

import pytest

from bot.parsing import parse
from handlers.lists import REGISTRY

BUDGET = 0.2  # seconds
GITHUB = 65_536  # characters; GitHub accepts no longer comment


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("/run -S a=1\n" * 9000, id="nine thousand commands"),
        pytest.param("/abcdefgh x y\n" * 4600, id="verbs that are nobody's"),
        pytest.param("/runn -S a=1\n" * 1900, id="verbs that are nearly ours"),
        pytest.param(("/run " + "--abcdefghij " * 300 + "\n\n") * 16, id="options that are unknown"),
        pytest.param(("/run " + "a'\"" * 1300 + "\n\n") * 16, id="quotes"),
        pytest.param("1. /run\n" * 8000, id="a list of thousands"),
        pytest.param("/run\n" + "> x\n" * 16000, id="a quote of thousands of lines"),
        pytest.param("".join(" " * depth + "- x\n" for depth in range(300)), id="a deep list"),
        pytest.param("[(" * 32000, id="brackets"),
        pytest.param("/run\n" + "*a **b " * 9000, id="emphasis"),
        pytest.param("/run `" * 9000, id="backticks"),
        pytest.param("/run <!--" * 7000, id="HTML"),
    ],
)
def test_a_comment_is_read_in_bounded_time(written: str) -> None:
    seconds = []
    for _ in range(3):
        started = time.process_time()
        parse(written[:GITHUB], REGISTRY)
        seconds.append(time.process_time() - started)
    assert min(seconds) <= BUDGET


def test_a_comment_that_is_too_long_is_answered_once() -> None:
    (found,) = parse("x\n" * 2000 + "/run -S a=1\n/run -S a=2\n", REGISTRY)
    (problem,) = found.problems
    assert "more than 2,000 lines" in problem.message


def test_a_long_comment_without_a_command_is_ignored() -> None:
    assert parse("a line of a log\n/deploy now\n" * 2000, REGISTRY) == []


def test_of_many_mistakes_in_a_command_the_first_ten_are_named() -> None:
    (found,) = parse("/run " + "--abcdefghij " * 300, REGISTRY)
    assert len(found.problems) == 10
