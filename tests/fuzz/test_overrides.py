"""The grammar of `-S`: whatever is typed becomes edits of declared files or problems, and an edit sets what it says."""

from hypothesis import given
from hypothesis import strategies as st

from experiments import params
from experiments.overrides import plan, spelled
from experiments.overrides.grammar import Element, parse, readable
from experiments.overrides.sweeps import Plans, plans
from experiments.settings.repo_config import MOST
from tests.fuzz.pace import tried, within
from tests.fuzz.words import written
from tests.units.params.test_overrides import KEYS, SNAPSHOT, TEXTS

SECONDS = 5.0
WORDS = (
    *KEYS,
    "lr",
    "0",
    "1e5",
    "0x10",
    "1_000",
    "nan",
    "-inf",
    "null",
    "true",
    "yes",
    "params.yaml:",
    "p.py:",
    "bad.yaml:",
    "../x.yaml:",
    "/etc/passwd:",
    "conf.json:decay",
    "x/conf.toml:momentum",
    "choice(",
    "range(1,5)",
    "range(0,1,0.1)",
    "interval(0,1)",
    "glob(*)",
    "int(",
    "str(",
    "tag(",
    "sort(",
    "shuffle(",
    "[1,2]",
    "{a:1}",
    "1,2",
    "${oc.env:HOME}",
    "++",
    "~",
    "@pkg",
    "9" * 400,
    "1e400",
)
FIT = st.sampled_from(
    ["1", "0.5", "-2e3", "inf", "[1,2]", "[a,'b,c',[1]]", "hello world", "'it\\'s'", "true", "null", "1,2", ""]
)
VALUE = FIT | written(*WORDS, most=8) | st.floats().map(str) | st.integers().map(str)
TOKEN = st.one_of(
    st.builds("{}={}".format, st.sampled_from(KEYS), VALUE),
    st.builds(
        "{}{}={}".format, st.sampled_from(["+", "++", "~", "p.py:", "conf.json:", "x/conf.toml:+"]), VALUE, VALUE
    ),
    VALUE,
)
ASKED = st.builds("{}={}".format, st.sampled_from([*KEYS[1:], "seed", "model.depth", "conf.json:decay"]), FIT)
TOKENS = st.lists(ASKED, min_size=1, max_size=3, unique_by=lambda each: each.partition("=")[0]) | st.lists(
    TOKEN, min_size=1, max_size=4
)


def swept(tokens: list[str]) -> Plans:
    return plans(tokens, SNAPSHOT, TEXTS, lambda given: [plan(each, SNAPSHOT, TEXTS) for each in given])


@tried(300)
@given(TOKENS)
def test_whatever_is_typed_becomes_experiments_or_problems(tokens: list[str]) -> None:
    with within(SECONDS):
        found = swept(tokens)
    assert bool(found.members) != bool(found.problems)
    assert len(found.members) <= MOST
    for problem in found.problems:
        assert problem.message
        assert 0 <= problem.start <= problem.end <= len(tokens[problem.token])
    for member in found.members[:3]:
        assert len(member.overrides) == len(tokens)
        for path, text in member.edits.items():
            assert path in TEXTS, "only declared files are edited"
            now = params.flatten(params.read(path, text))
            for each in member.overrides:
                if each.file == path and each.value is not None:
                    assert params.same(params.plain(now[each.key]), each.value), "the file says what was asked"


@tried(300)
@given(VALUE)
def test_a_value_that_was_read_is_spelled_and_read_as_the_same(text: str) -> None:
    with within(SECONDS):
        read = parse(text)
        readable(f"a={text}")
    if isinstance(read, Element) and (again := spelled(read.value)):
        there = parse(again)
        assert isinstance(there, Element) and params.same(params.plain(there.value), params.plain(read.value))
