"""Metric names that tell a direction, and numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.durations import LONGEST, parse_duration, spell
from experiments.judging.metrics import difference, direction, number, written


@pytest.mark.parametrize(
    "name",
    ["accuracy", "val_acc", "eval/accuracy", "test.f1_macro", "f1-score", "r2", "ROC_AUC", "mAP", "mAP50-95",
     "top5_acc", "trainAccuracy", "hits@10", "neg_mean_squared_error", "episode_reward", "bleu"],
)  # fmt: skip
def test_higher_is_better_for_the_usual_names(name: str) -> None:
    assert direction(name) == "higher"


@pytest.mark.parametrize(
    "name",
    ["loss", "val_loss", "valLoss", "train/loss", "mean_squared_error", "RMSE", "error_rate", "model_size", "wer",
     "inference_ms", "training.seconds", "perplexity", "log_loss"],
)  # fmt: skip
def test_lower_is_better_for_the_usual_names(name: str) -> None:
    assert direction(name) == "lower"


@pytest.mark.parametrize(
    "name",
    ["epoch", "step", "lr", "", "glossary", "mapping", "bytes_per_second", "batch_size", "accuracy_loss", "score", "é"],
)
def test_a_name_that_tells_nothing_has_no_direction(name: str) -> None:
    assert direction(name) == ""


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.951, 0.967, ("0.951", "0.967", "+0.016")),
        (0.951048951, 0.967132867, ("0.9510", "0.9671", "+0.0161")),
        (0.9500001, 0.9500002, ("0.9500001", "0.9500002", "+1e-07")),
        (1234567, 1234569, ("1,234,567", "1,234,569", "+2")),
        (3.0, 2.5, ("3.0", "2.5", "-0.5")),
        (1e-9, 3e-9, ("1e-09", "3e-09", "+2e-09")),
        (0.5, 0.5, ("0.5", "0.5", "0")),
        (1e300, 0, ("1e+300", "0", "-1e+300")),
    ],
)
def test_both_values_and_their_difference_have_the_same_digits(
    before: float, after: float, shown: tuple[str, str, str]
) -> None:
    assert (written(before, after), written(after, before), difference(before, after)) == shown


def test_a_number_that_is_not_finite_is_shown_as_such() -> None:
    values = [math.nan, math.inf, -math.inf, True, "high", 10**400]
    assert [written(each, 0.5) for each in values] == ["NaN", "∞", "-∞", "true", "high", "∞"]
    assert [difference(0.5, each) for each in values] == ["", "", "", "", "", ""]
    assert number(True) is None


def test_a_fraction_beside_a_large_number_is_no_whole_number() -> None:
    assert (written(32.17032931266486, 1034.9301), written(1034.9301, 32.17032931266486)) == ("32.17", "1,034.93")
    assert written(1000.5) == "1,000.5" and written(1034.9301) == "1,034.9" and written(123456.7) == "123,457"


@given(st.floats() | st.integers(), st.floats() | st.integers())
def test_any_two_numbers_can_be_written(before: float, after: float) -> None:
    assert written(before, after)
    change = difference(before, after)
    assert change == "" or (change[0] in "+-") == (change != "0")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7200), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("600", 600), (" 1D ", 86400),
     ("2h30", 9000), ("1d12", 129600), ("30m15", 1815), ("1h30m15", 5415), ("2H0", 7200)],
)  # fmt: skip
def test_a_duration_is_read_as_people_type_it(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1.5h", "-1h", "1m1h", "h", "1:30", "٣h", "2 h", "2h90", "1d24", "5s3"])
def test_an_invalid_duration_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="write `2h`"):
        parse_duration(text)


def test_a_duration_has_bounds() -> None:
    assert parse_duration(f"{LONGEST}s") == LONGEST
    for text in ("0", "8d", "999999d"):
        with pytest.raises(ValueError, match="from 1 s to 7 days"):
            parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "less than a second"), (12, "12 s"), (90, "1 min 30 s"), (5400, "1 h 30 min"), (90061, "1 day 1 h")],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert spell(seconds) == text
