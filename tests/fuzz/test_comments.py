"""The parser of comments: whatever is written, the answer is commands, problems or silence, and it comes soon."""

from hypothesis import given
from hypothesis import strategies as st

from bot.comment import command_lines, prose_lines
from bot.missed import MAYBE
from bot.parsing import LONGEST, MOST, parse
from bot.typography import plain
from handlers.lists import REGISTRY
from tests.fuzz.pace import tried, within
from tests.fuzz.words import written

VERBS = [f"/{verb}" for verb in REGISTRY.verbs]
OPTIONS = (
    "-S",
    "--set-param",
    "--name",
    "-n",
    "--temp",
    "--queue",
    "--repeat",
    "--from",
    "--rev",
    "--timeout",
    "-m",
    "--",
)
VALUES = (
    "lr=0.1",
    "a.b=1,2",
    "x",
    "=",
    "2h",
    "NAME",
    "best",
    "base",
    "-1",
    "--no-such",
    "-Sa=1",
    "1e999",
    "main..tune",
)
LINE = st.builds(
    "{}{} {}".format,
    st.sampled_from(["", "", "   ", "> ", "- ", "    ", "\u200b", "please "]),
    st.sampled_from([*VERBS, "/studio", "/studio run", "/STATUS", "/rn", "/merge", "/"]),
    st.lists(st.sampled_from([*OPTIONS, *VALUES]) | written(*OPTIONS, most=5), max_size=8).map(" ".join),
)
TEXT = written("/run", "/status", "\n/run", "\n/params ", *OPTIONS, *VALUES)
COMMENT = st.lists(LINE | TEXT, max_size=6).map("\n".join) | st.builds(
    lambda line, times: f"{line}\n" * times, LINE | TEXT, st.integers(1, 3000)
)
SECONDS = 2.0  # of the processor; the promise is 0.2 on an idle machine


@tried(400)
@given(COMMENT)
def test_whatever_is_written_is_commands_or_problems_and_soon(body: str) -> None:
    with within(SECONDS):
        found = parse(body, REGISTRY)
    assert len(found) <= MOST
    for each in found:
        assert "\n" not in each.line
        assert len(each.line.under) <= LONGEST or each.problems
        assert each.command or each.problems, "what is nobody's is silence or is told"
        assert not each.command or each.arguments is not None
        for problem in each.problems:
            assert problem.message
            assert 0 <= problem.start <= problem.end <= len(each.line) + 1
            assert problem.start <= len(each.line)


@tried(150)
@given(COMMENT)
def test_a_command_is_still_one_when_it_is_written_as_it_was_understood(body: str) -> None:
    with within(SECONDS):
        lines = list(command_lines(body))
    for line in lines:
        assert plain(line) == line
        again = list(command_lines(line))
        # What remains of two backslashes at its end is one, which asks for a next line.
        assert again == [line] or line.endswith("\\"), "read once more, it is the same line"
    with within(SECONDS):
        list(prose_lines(body))
        MAYBE.search(body)
