"""What the bench prints and writes: figures with their counterparts, and never more than was measured."""

import pytest

from bench.__main__ import ROWS, main
from bench.document import PAGE, page
from bench.limits import LIMITS
from bench.row import Figure, Goal
from bench.table import aligned, markdown

FIGURES = (
    Figure(
        "sweep", "comment to report", "s", (10.0, 12.0, 14.0), (20.0, 24.0, 70.0), "DVC's queue", goals=(Goal(0.5),)
    ),
    Figure("sweep", "a hundred queued", "s", (1.234,)),
    Figure("webhook", "handled", "/s", (1234.5,), (), "another", "npm is not here", (Goal(0.5, side="at least"),)),
)


def test_a_terminal_shows_medians_spread_ratio_goal_and_whether_it_is_met() -> None:
    assert aligned(FIGURES).splitlines() == [
        "row      what               ours                   theirs                 ratio                goal     met",
        "sweep    comment to report  12.0 s (10.0 to 14.0)  24.0 s (20.0 to 70.0)  0.50 (0.20 to 0.50)  ≤ 0.5 ×  yes",
        "sweep    a hundred queued   1.23 s                 –                      –                    –        –",
        "webhook  handled            1,234 /s               missing                –                    ≥ 0.5 ×  NO",
        "",
        "Medians, in brackets the least and the most of all rounds.",
        "sweep: beside DVC's queue",
        "webhook: beside another, which was not measured: npm is not here",
    ]


def test_a_document_names_each_counterpart_beside_its_figure() -> None:
    lines = markdown(FIGURES).splitlines()
    assert lines[2].split(" | ")[3:5] == ["DVC's queue", "24.0 s (20.0 to 70.0)"]
    assert lines[3].split(" | ")[3:5] == ["–", "–"]
    assert lines[4].endswith("| another, which was not measured: npm is not here | missing | – | ≥ 0.5 × | **no** |")


def test_each_row_says_what_limits_it() -> None:
    assert set(ROWS) <= set(LIMITS)
    text = PAGE.read_text()
    assert [row for row, words in LIMITS.items() if f"- **{row}**: {words}\n" not in text] == []


def test_a_page_without_figures_says_so() -> None:
    assert "No measurement of a quiet machine is written down yet." in page(())
    assert markdown(FIGURES) in page(FIGURES)


def test_a_row_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"ONLY": "sweep,sweeps"}) == 2
    assert capsys.readouterr().err.startswith("No row is called sweeps: there are sweep, ")


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_what_is_no_number_of_rounds_is_refused(rounds: str) -> None:
    assert main({"ROUNDS": rounds}) == 2


def test_a_page_is_written_of_all_rows_and_rounds_only() -> None:
    assert main({"WRITE": "1", "ONLY": "sweep"}) == 2
    assert main({"WRITE": "1", "ROUNDS": "1"}) == 2
