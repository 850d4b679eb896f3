"""Conclusions from repeats with other seeds."""

import math

import pytest

from experiments.judging.repeats import paired_interval, repeats, spread
from experiments.settings.gates import Gate
from experiments.settings.repo_config import MetricRule, RepoConfig
from experiments.snapshot import Snapshot
from tests.units.judging.outdated import outdated
from tests.units.judging.test_sweep import snapshot

NOISY = (0.90, 0.92, 0.91)


def side(*scores: float, first: int = 7) -> dict[int, Snapshot]:
    return {seed: snapshot("a", accuracy=score) for seed, score in enumerate(scores, first)}


def test_the_interval_is_students_t() -> None:
    found = paired_interval((10, 11, 12), (11, 13, 15))
    # t(0.975, 2) = 4.30265273 in any table; mean 2, standard deviation 1
    assert found == pytest.approx((2 - 4.30265273 / math.sqrt(3), 2 + 4.30265273 / math.sqrt(3)))
    assert paired_interval((1.0,), (2.0,)) is None
    assert paired_interval((1.0, 2.0), (math.nan, 2.0)) is None
    assert spread((1.0, 3.0)) == pytest.approx(math.sqrt(2))
    assert spread((1.0,)) is None


@pytest.mark.parametrize(
    ("after", "noise", "verdict"),
    [
        ((0.95, 0.97, 0.96), 0.0, "better"),  # always by the same amount
        ((0.85, 0.88, 0.86), 0.0, "worse"),
        ((0.99, 0.88, 0.92), 0.0, "within noise"),  # better on average, perhaps by chance
        ((0.911, 0.931, 0.921), 0.02, "within noise"),  # certainly better, but by less than the noise
        (NOISY, 0.0, "unchanged"),
        ((0.95, math.nan, 0.96), 0.0, "not comparable"),
    ],
)
def test_the_verdict_follows_from_the_interval(after: tuple[float, ...], noise: float, verdict: str) -> None:
    config = RepoConfig(metrics={"accuracy": MetricRule(noise=noise)})
    assert repeats(side(*NOISY), side(*after), config).comparison.verdict == verdict


def test_one_pair_shows_no_difference() -> None:
    found = repeats(side(0.9), side(0.99), RepoConfig())
    assert found.comparison.verdict == "within noise"
    assert found.primary and found.primary.interval is None


def test_a_seed_that_changes_nothing_proves_nothing() -> None:
    found = repeats(side(0.9, 0.9, 0.9), side(0.91, 0.91, 0.91), RepoConfig())
    assert found.comparison.verdict == "within noise"
    assert found.primary and found.primary.interval is None


def test_only_seeds_of_both_sides_are_compared() -> None:
    found = repeats(side(*NOISY), side(0.95, 0.97, first=8), RepoConfig())
    assert found.seeds == (8, 9)
    assert found.primary
    assert (found.primary.before, found.primary.after) == ((0.92, 0.91), (0.95, 0.97))


def test_without_the_other_side_there_are_means_and_no_verdict() -> None:
    for found in (repeats({}, side(*NOISY), RepoConfig()), repeats(side(*NOISY), {}, RepoConfig())):
        assert found.seeds == (7, 8, 9)
        assert found.comparison.verdict == "no baseline"
        assert found.primary and found.primary.delta.after == pytest.approx(0.91)
    assert repeats({}, {}, RepoConfig()).comparison.verdict == "not comparable"


def test_a_gate_uses_the_mean_and_the_verdict() -> None:
    config = RepoConfig(gate=(Gate("accuracy", at_least=0.94), Gate("accuracy", not_worse=True)))
    assert repeats(side(*NOISY), side(0.95, 0.97, 0.96), config).comparison.failing == ()
    assert len(repeats(side(*NOISY), side(0.93, 0.95, 0.93), config).comparison.failing) == 1
    assert len(repeats(side(*NOISY), side(0.85, 0.88, 0.86), config).comparison.failing) == 2
    (lucky,) = repeats(side(*NOISY), side(0.99, 0.80, 0.90), config).comparison.failing
    assert "0.8967, below 0.94" in lucky, "worse by chance only"


def test_a_metric_that_some_repeats_lack_is_left_out() -> None:
    more = {7: snapshot("a", accuracy=0.9, loss=1.0), 8: snapshot("b", accuracy=0.9, note="x")}
    assert [each.delta.name for each in repeats({}, more, RepoConfig()).metrics] == ["accuracy"]


def test_other_data_is_not_comparable() -> None:
    stale = {seed: outdated(each, "train.py") for seed, each in side(0.95, 0.97, 0.96).items()}
    found = repeats(side(*NOISY), stale, RepoConfig()).comparison
    assert found.verdict == "not comparable" and "`train.py`" in found.reason
