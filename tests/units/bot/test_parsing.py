"""Which lines of a comment are commands, and what is wrong with them."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import Command, Problems, Registry, Reply, Word, argument
from bot.comment import command_lines
from bot.parsing import parse, split
from bot.ports.git_host import Permission


@dataclass(frozen=True)
class TrainArgs:
    """Arguments of a command for these tests."""

    targets: tuple[Word, ...] = argument("What.", metavar="TARGET", many=True)
    set: tuple[Word, ...] = argument("Edit.", "-S", "--set-param", metavar="KEY=VALUE", many=True)
    name: str = argument("Name.", "-n", "--name", metavar="NAME")
    temp: bool = argument("Alone.", "--temp")
    count: int = argument("Number.", "--count", metavar="N", type=int)


REGISTRY = Registry((Command("train", TrainArgs, lambda *_: Reply(), Permission.WRITE, "Train.", ("/train",)),))


def arguments_of(line: str) -> TrainArgs:
    (parsed,) = parse(line, REGISTRY)
    assert not parsed.problems
    made = parsed.arguments
    assert isinstance(made, TrainArgs)
    return made


def problems_of(line: str) -> Problems:
    (parsed,) = parse(line, REGISTRY)
    return Problems(parsed.line, sorted(parsed.problems, key=lambda problem: problem.start))


@pytest.mark.parametrize(
    "body",
    [
        "/train -S a=1",
        "Please:\n\n/train -S a=1\n",
        "Hello\n/train -S a=1",
        "   /train -S a=1  ",
        "/studio train -S a=1",
        "/TRAIN -S a=1",
        "/train -Sa=1",
        "/train --set-param a=1",
        "/train --set-param=a=1",
        "/train\u00a0-S a=1",
        "/train —set-param a=1",
    ],
)
def test_a_command_is_found(body: str) -> None:
    assert arguments_of(body).set == ("a=1",)


@pytest.mark.parametrize(
    "body",
    [
        "`/train`",
        "```\n/train\n```",
        "    /train",
        "> /train",
        "- /train",
        "<!-- \n/train\n-->",
        "<div>\n/train\n</div>",
        "[x\n/train](http://a)",
        "see /train",
        "/etc/passwd",
        "//train",
        "`a\n/train\nb`",
        "# /train",
    ],
)
def test_lines_in_code_quotes_lists_html_and_prose_are_no_commands(body: str) -> None:
    assert parse(body, REGISTRY) == []


def test_all_parts_of_a_line_are_read() -> None:
    args = arguments_of("/train evaluate -S 'a=1 2' -S \"b='x'\" -n warm --temp --count 3 -- -odd")
    assert args == TrainArgs(("evaluate", "-odd"), ("a=1 2", "b='x'"), "warm", True, 3)  # type: ignore[arg-type] # Word is str


def test_the_verb_of_another_bot_is_ignored_and_a_misspelled_one_is_corrected() -> None:
    assert parse("/deploy production", REGISTRY) == []
    assert problems_of("/trian -S a=1").corrected == "/train -S a=1"
    assert "there are `train`" in problems_of("/studio deploy").problems[0].message


def test_every_problem_of_a_line_is_named_with_its_place() -> None:
    found = problems_of("/train --tmep -n -S a=1 --count three --temp=yes")
    assert [found.line[p.start : p.end] for p in found.problems] == ["--tmep", "-n", "three", "--temp=yes"]
    assert "did you mean `--temp`" in found.problems[0].message
    assert not found.mended
    assert found.corrected == "/train --temp -n -S a=1 --count three --temp"


def test_an_unclosed_quote_is_pointed_at() -> None:
    found = problems_of("/train -S 'a=1 -n warm")
    assert "not closed" in found.problems[0].message
    assert found.problems[0].start == 10


def test_a_comment_is_parsed_whole_before_any_of_its_commands_is_run() -> None:
    one, two = parse("/train -n one\n/train --nmae two\n", REGISTRY)
    assert one.problems == ()
    assert Problems(two.line, two.problems).corrected == "/train --name two"


@pytest.mark.parametrize(
    ("body", "under"),
    [
        ("/train", ""),
        ("/train\nThanks!", ""),
        ("> before\n\n/train", ""),
        ("/train\n> One\n> > two\n>three", "One\n> two\nthree"),
        ("/train\n\n> One\n>\n> two", "One\n\ntwo"),
        ("/train\n  One\n    two\nthree", "One\n  two"),
        ("/train\n\tOne", "One"),
        ("/train\n\n    One\n\n    two\n", "One\n\ntwo"),
        ("/train\n  One\n\n> two", "One\n\ntwo"),
        ("/train\n\nOn Monday Ada wrote:\n> One", ""),
        ("/train\nThanks!\n> One", ""),
        ("/train\n\n- item\n\n> One", ""),
        ("/train\n\n```\nOne\n```", ""),
    ],
)
def test_a_quote_or_indented_text_right_under_a_command_belongs_to_it(body: str, under: str) -> None:
    (line,) = command_lines(body)
    assert (line, line.under) == ("/train", under)


def test_each_command_has_the_text_under_itself() -> None:
    one, two, three = command_lines("/train -n one\n  first\n/train -n two\n> second\n\n/train -n three")
    assert [one.under, two.under, three.under] == ["first", "second", ""]


def test_text_under_a_command_that_is_too_long_is_refused() -> None:
    (parsed,) = parse("/train\n> " + "x" * 4001, REGISTRY)
    assert "4,001 characters" in parsed.problems[0].message


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_explained(body: str) -> None:
    parse(f"/train {body}", REGISTRY)
    parse(body, REGISTRY)


@given(
    st.text(alphabet=st.characters(exclude_characters="\"'", exclude_categories=["Z", "C"]), min_size=1, max_size=40)
)
def test_words_know_where_they_stood(word: str) -> None:
    line = f"/train  {word} end"
    assert [line[each.start : each.end] for each in split(line)] == ["/train", word, "end"]


@given(st.lists(st.sampled_from(["/train", "text", "`x`", "> q", "", "```"]), max_size=12))
def test_only_lines_that_begin_with_a_verb_come_back(lines: list[str]) -> None:
    assert all(line.startswith("/train") for line in command_lines("\n".join(lines)))
