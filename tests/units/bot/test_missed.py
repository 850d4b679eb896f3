"""Lines that were meant as a command and are none."""

import time

import pytest

from bot.missed import MAYBE, mentions, missed
from bot.parsing import parse
from handlers.lists import REGISTRY


def found(body: str, login: str = "the-bot") -> str | None:
    assert not parse(body, REGISTRY)
    line = missed(body, REGISTRY.verbs, login)
    assert line is None or MAYBE.search(body), "the door lets it in"
    return line


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("/ run -S lr=1", "/run -S lr=1"),
        ("/  RUN", "/RUN"),
        ("\\run -S lr=1", "/run -S lr=1"),
        ("\uff0frun", "/run"),
        ("\u200b/ run", "/run"),
        ("please /run -S lr=1", "/run -S lr=1"),
        ("Hi!\nCould you please /run -S lr=1", "/run -S lr=1"),
        ("Ok, /status", "/status"),
        ("@the-bot run -S lr=1", "/run -S lr=1"),
        ("@the-bot /run", "/run"),
        ("@the-bot[bot] please run", "/run"),
        ("@The-Bot, status", "/status"),
        ("@the-bot train it with lr 1", ""),
        ("@the-bot", ""),
    ],
)
def test_a_missed_command_is_found_with_the_line_to_type(body: str, line: str) -> None:
    assert found(body) == line


@pytest.mark.parametrize(
    "body",
    [
        "",
        "I typed /run yesterday",
        "The command /run trains",
        "> please /run",
        "> / run",
        "`/ run`",
        "```\n/ run\n```",
        "- please /run",
        "    / run",
        "<!--\n/ run\n-->",
        "please /deploy",
        "/ deploy",
        "please run it again",
        "run -S lr=1",
        "please",
        "@ada run it",
        "@the-bottom run",
        "ada, @the-bot run",
        "/etc/run",
        "either / or",
        "/ run/x",
    ],
)
def test_a_line_that_only_mentions_a_command_is_left_alone(body: str) -> None:
    assert found(body) is None


def test_without_a_known_name_nobody_is_taken_for_the_bot() -> None:
    assert found("@ run", "") is None
    assert found("@the-bot run", "") is None
    assert mentions("Hi\n@the-bot run")
    assert not mentions("> @the-bot run")


@pytest.mark.parametrize(
    "body",
    [
        *("please " * 9_000, "@a " * 20_000, "/ " * 30_000, "please /x\n\n" * 6_000, "a" * 65_000),
        *("a" + "\n" * 65_000 + "a", "a" + " \n" * 32_000 + "a", "a" + "\u200b\n" * 32_000 + "a"),
    ],
)
def test_no_comment_takes_long_to_search(body: str) -> None:
    began = time.process_time()
    MAYBE.search(body)
    missed(body, REGISTRY.verbs, "the-bot")
    assert time.process_time() - began < 1
