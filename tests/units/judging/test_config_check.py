"""A pull request's `.github/studio.yml`: what would apply, and the line of each mistake."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.settings.check import Proposal, located, proposal, unmatched
from experiments.settings.repo_config import parse
from experiments.snapshot import MetricFile, Reading, Snapshot

WRONG = b"""primary: acc
metrics:
  a: {better: lowr}
  b:
    bettr: x
gate:
  - {metric: a, at_least: x}
  - metric: b
timeout: soon
params: [../x]
primry: 3
projects:
  vision:
    tmeout: 3h
"""


def test_each_mistake_has_its_line() -> None:
    found = proposal(b"", WRONG, b"")
    assert found
    problems = {each.partition(": ")[0].rpartition(" ")[2]: each for each in found.problems}
    expected = {
        "3": "`metrics.a.better` is `higher` or `lower`, and not `lowr`",
        "5": "there is no `metrics.b.bettr`: did you mean `better`?",
        "7": "`gate[1].at_least` is a number",
        "8": "`gate[2]` asks nothing of `b`",
        "9": "`soon` is no length of time",
        "10": "`../x` under `params`",
        "11": "there is no `primry`",
        "14": "there is no `projects.vision.tmeout`",
    }
    assert set(problems) == set(expected)
    for line, sentence in expected.items():
        assert sentence in problems[line]


def test_rules_in_a_list_have_their_lines() -> None:
    text = b"metrics:\n- metrics.json\n- accuracy: {better: up}\n"
    assert proposal(None, text, None) == Proposal(
        ("metrics", "declared"),
        ("`.github/studio.yml`, line 3: `metrics.accuracy.better` is `higher` or `lower`, and not `up`.",),
    )


def test_mistakes_that_the_pull_request_did_not_make_are_not_reported() -> None:
    assert proposal(WRONG, WRONG, b"primary: f1") is None
    assert proposal(None, None, b"primary: f1") is None


def test_the_new_settings_are_compared_with_those_that_apply_now() -> None:
    assert proposal(b"jobs: 2", b"jobs: 3", b"jobs: 2") == Proposal(("jobs",))
    assert proposal(b"jobs: 2", b"jobs: 2\n# why\n", b"jobs: 2") == Proposal()
    assert proposal(b"jobs: 2", b"jobs: 3", b"jobs: 4") == Proposal(("jobs",), also_on_base=True)
    assert proposal(b"jobs: 2", None, b"jobs: 2") == Proposal(("jobs",), gone=True)


def test_an_unreadable_file_names_its_own_line() -> None:
    found = proposal(None, b"primary: acc\ngate: [", None)
    assert found
    (problem,) = found.problems
    assert "is not YAML" in problem
    assert problem.count("line") == 1


@pytest.mark.parametrize(
    "text",
    [
        b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)),
        b"zz: " + b"[" * 11 + b"a," * 20_000 + b"]" * 11,
        b"".join(b"k%d: 1\n" % n for n in range(5_000)),
    ],
)
def test_a_hostile_file_is_read_quickly(text: bytes) -> None:
    began = time.process_time()
    found = proposal(None, text, None)
    assert time.process_time() - began < 5
    assert found
    assert 1 <= len(found.problems) <= 21


@given(st.text(alphabet="ab:-[]{}*!|>'\"\n ,#?%@`1", max_size=80).map(str.encode))
def test_problems_of_any_file_are_located(text: bytes) -> None:
    assert len(located(text, parse(text).problems)) <= 21


def test_a_rule_for_an_unknown_metric_is_reported_with_the_names_there_are() -> None:
    read = MetricFile("m.json", Reading.READ, {"accuracy": 0.9, "loss": 0.1})
    config = parse(b"metrics: {accuracy: {better: higher}, m.json:loss: {noise: 0.1}, Score: {better: higher}}")
    sentence = "`metrics` has a rule for `Score`, and no metric has that name: there are `accuracy`, `loss`."
    expected = (f"`.github/studio.yml`: {sentence}",)
    assert unmatched(config, Snapshot("h", metrics=(read,)), None) == expected
    assert unmatched(config, Snapshot("h"), Snapshot("b", metrics=(read,))) == expected
    assert unmatched(config, Snapshot("h"), None) == (), "nothing was measured yet"
    away = MetricFile("n.json", Reading.NOT_FETCHED, {})
    assert unmatched(config, Snapshot("h", metrics=(read, away)), None) == (), "it may be in there"
    several = parse(b"metrics: {Score: {better: higher}}\nprojects: [a, b]")
    assert unmatched(several, Snapshot("h", metrics=(read,)), None) == (), "it may be the other one's"


def test_of_many_such_rules_a_few_are_named() -> None:
    """The nearest name of each is searched among thousands."""
    read = MetricFile("m.json", Reading.READ, {"accuracy": 0.9})
    rules = ", ".join(f"rule_{number}: {{better: higher}}" for number in range(100))
    problems = unmatched(parse(f"metrics: {{{rules}}}".encode()), Snapshot("h", metrics=(read,)), None)
    assert len(problems) == 6 and problems[-1] == "`.github/studio.yml`: 95 more rules match no metric."
