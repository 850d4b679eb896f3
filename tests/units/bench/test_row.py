"""A goal is met by medians, and never where its counterpart could not be measured."""

import pytest

from bench.row import Figure, Goal


def test_a_ratio_is_taken_round_by_round_and_judged_by_its_median() -> None:
    figure = Figure("sweep", "comment to report", "s", (10, 30, 4), (20, 20, 20), "DVC", goals=(Goal(0.5),))
    assert figure.ratios == (0.5, 1.5, 0.2)
    assert figure.met is True


@pytest.mark.parametrize(("ours", "met"), [((0.2, 0.4, 9.0), True), ((0.2, 0.6, 0.7), False)])
def test_a_bound_of_our_own_figure_needs_no_counterpart(ours: tuple[float, ...], met: bool) -> None:
    assert Figure("waiting", "eyes, p95", "s", ours, goals=(Goal(0.5, of="ours"),)).met is met


def test_a_rate_has_to_be_at_least_its_bound() -> None:
    goals = (Goal(0.5, side="at least"), Goal(200, of="ours", side="at least"))
    assert Figure("webhook", "handled", "/s", (300,), (400,), "another", goals=goals).met is True
    assert Figure("webhook", "handled", "/s", (190,), (200,), "another", goals=goals).met is False


def test_without_a_goal_nothing_is_said() -> None:
    assert Figure("run", "CPU of all processes", "s", (8.0,)).met is None


def test_a_missing_counterpart_is_never_met_whatever_our_own_figure_is() -> None:
    figure = Figure("webhook", "p99", "ms", (1.0,), (), "another", "it cannot be installed", (Goal(50, of="ours"),))
    assert figure.met is False


def test_a_ratio_without_a_counterpart_is_not_met() -> None:
    assert Figure("table", "cold", "s", (1.0,), goals=(Goal(0.5),)).met is False


@pytest.mark.parametrize("wrong", [{"ours": ()}, {"theirs": (1.0, 2.0)}, {"counterpart": "another"}])
def test_rounds_have_to_agree_and_a_gap_has_to_be_explained(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="run"):
        Figure(**{"row": "run", "what": "comment to report", "unit": "s", "ours": (1.0,)} | wrong)  # type: ignore[arg-type]  # wrong on purpose
