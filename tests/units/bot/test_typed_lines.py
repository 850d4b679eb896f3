"""Commands over several lines, and invisible characters that phones and chat programs add."""

import time

import pytest

from bot.commands import Problems
from bot.comment import command_lines
from bot.parsing import LONGEST, parse
from handlers.lists import REGISTRY
from handlers.planning.run_arguments import RunArgs


def read(body: str) -> RunArgs:
    (parsed,) = parse(body, REGISTRY)
    assert not parsed.problems
    assert isinstance(parsed.arguments, RunArgs)
    return parsed.arguments


@pytest.mark.parametrize(
    "body",
    [
        "/run\n-S lr=0.2\n-S depth=8",
        "/run\n  -S lr=0.2\n  -S depth=8",
        "/run\n    -S lr=0.2\n\t-S depth=8",
        "/run -S lr=0.2 \\\n  -S depth=8",
        "/run -S lr=0.2 \\  \n  -S \\\n  depth=8",
        "/run \\\n-S lr=0.2 -S depth=8 \\",
        "/run\n-Slr=0.2\n--set-param depth=8\nThanks!",
        "/run -S lr=0.2\nand as deep as can be:\n-S depth=8",
        "/run\n\u2014set-param lr=0.2\n\u2013S depth=8",
        "/run\n\u200b-S lr=0.2\n\u00a0\u00a0-S depth=8",
        "Please:\n/run\r\n-S lr=0.2\r\n-S depth=8\r\n",
    ],
)
def test_options_on_the_lines_below_belong_to_the_command(body: str) -> None:
    assert read(body).set == ("lr=0.2", "depth=8")


def test_each_command_has_its_own_options_and_text() -> None:
    one, two = command_lines("/run\n-S lr=0.2\n  Smaller steps.\n/run -S lr=0.3\n-n warm\n\n> Larger ones.")
    assert [(one, one.under), (two, two.under)] == [
        ("/run -S lr=0.2", "Smaller steps."),
        ("/run -S lr=0.3 -n warm", "Larger ones."),
    ]


@pytest.mark.parametrize(
    ("body", "under"),
    [
        ("/run\n> -S lr=0.2", "-S lr=0.2"),  # a quote is text, whatever it holds
        ("/run\n- item\n- another", ""),
        ("/run\n- S is a letter", ""),
        ("/run\n\n-Ada", ""),
        ("/run\n\n-- \nAda", ""),
        ("/run\n\n\u2014 Ada", ""),
        ("/run\nThanks\n\u2014Ada", ""),
        ("/run\n\n```\nepoch 1\n-S lr=0.2\n```", ""),
        ("/run\n\n    Some text\n    -S lr=0.2", "Some text\n-S lr=0.2"),
        ("/run\n\nWhat I tried:\n\n-S lr=0.2", ""),
        ("/run\n\n---\n", ""),
    ],
)
def test_lists_quotes_code_and_names_below_are_no_options(body: str, under: str) -> None:
    (line,) = command_lines(body)
    assert (line, line.under, line.apart) == ("/run", under, "")


@pytest.mark.parametrize(
    "body",
    [
        "/run\n\n-S lr=0.2\n-S depth=8",
        "/run\n- -S lr=0.2\n- -S depth=8",
        "/run\n\n* -S lr=0.2\n* -S depth=8",
        "/run\n1. -S lr=0.2\n2. -S depth=8",
        "/run\n- S lr=0.2\n- S depth=8",
        "/run\n```\n-S lr=0.2\n-S depth=8\n```",
        "/run\n\n    -S lr=0.2\n    -S depth=8",
    ],
)
def test_options_that_stand_apart_are_refused_with_the_line_to_type(body: str) -> None:
    (parsed,) = parse(body, REGISTRY)
    found = Problems(parsed.line, parsed.problems)
    assert "`-S lr=0.2 -S depth=8` stands apart from the command" in found.problems[0].message
    assert found.corrected == "/run -S lr=0.2 -S depth=8"
    assert found.mended


def test_an_unknown_option_on_a_line_below_is_reported_as_on_the_command_line() -> None:
    (parsed,) = parse("/run -S lr=0.2\n-tmep", REGISTRY)
    assert Problems(parsed.line, parsed.problems).corrected == "/run -S lr=0.2 --temp"


UNSEEN = "\u00a0\u200b\ufeff\u200e\u200f\u202a\u2060\u2066\u3000\u2003\u00ad\u180e\ufe0f\u3164"


@pytest.mark.parametrize("unseen", [*UNSEEN, "\u00a0\u00a0\u00a0\u00a0", " \u200b ", "\u202a\u200e"])
def test_invisible_characters_around_and_inside_a_command_change_nothing(unseen: str) -> None:
    for body in (
        f"{unseen}/run -S lr=0.2",
        f"Please\n{unseen}/run -S lr=0.2",
        f"/run{unseen} -S lr=0.2{unseen}",
        f"/run {unseen}-S {unseen}lr=0.2",
    ):
        assert read(body).set == ("lr=0.2",)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("\u2014temp", "--temp"),
        ("\u2013\u2013temp", "--temp"),
        ("\u2011\u2011temp", "--temp"),
        ("\u2212S lr=1", "-S lr=1"),
        ("-S lr=\u20130.1", "-S lr=-0.1"),
        ("-S lr=\u22120.1", "-S lr=-0.1"),
        ("-m \u201cfast \u2014 and 1\u20132 slow\u201d", '-m "fast \u2014 and 1\u20132 slow"'),
        ("-m \u201eit\u2019s\u201c", '-m "it\'s"'),
        ("-m \U0001f469\u200d\U0001f4bb", "-m \U0001f469\u200d\U0001f4bb"),
    ],
)
def test_quotes_and_dashes_are_made_straight_where_they_are_syntax(typed: str, meant: str) -> None:
    (line,) = command_lines(f"/run {typed}")
    assert line == f"/run {meant}"


def test_an_indented_line_is_code_whatever_precedes_its_slash() -> None:
    assert parse("    \u200b/run", REGISTRY) == []
    assert parse("`a\n\u200b/run\nb`", REGISTRY) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("/run\n" * 9_000, "more than 2,000 lines"),
        ("/run\n\n" * 9_000, "more than 2,000 lines"),
        ("/run \\\n" * 8_000, "more than 2,000 lines"),
        ("/run\n\n    -S a=1\n\n" * 3_000, "more than 2,000 lines"),
        ("/run\n```\n-S a=1\n```\n" * 3_000, "more than 2,000 lines"),
        (("\u200b" * 30 + "/run\n") * 1_900, "more than 10 commands"),
    ],
)
def test_a_comment_of_thousands_of_commands_is_refused_unread(body: str, why: str) -> None:
    began = time.process_time()
    assert why in parse(body, REGISTRY)[-1].problems[0].message
    assert time.process_time() - began < 1  # usually a tenth of a second; it was several seconds once


@pytest.mark.parametrize("body", ["/run " + "\u200b" * 60_000 + "x", "/run x" + "\u200b" * 60_000 + "y"])
def test_thousands_of_invisible_characters_cost_no_time(body: str) -> None:
    began = time.process_time()
    parse(body, REGISTRY)
    assert time.process_time() - began < 1


def test_thousands_of_options_are_one_command_that_is_too_long() -> None:
    (parsed,) = parse("/run\n" + "-S a=1\n" * 1_900, REGISTRY)
    assert f"at most {LONGEST:,} are taken" in parsed.problems[0].message
