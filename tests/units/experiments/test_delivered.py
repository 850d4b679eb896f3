"""When a failed push of data is tried again, and how an agent's statement about it is read."""

from dataclasses import replace
from typing import Any

import pytest

from experiments.data.delivered import WAITS, Data, Delivered, counted, heard
from experiments.placement import EngineKind, Placement
from tests.units.sample_run import RUN, changed

AWAY = Delivered(Data.NOT_PUSHED, "storage", "No.")


def test_it_is_tried_again_at_longer_intervals_and_then_no_more() -> None:
    found, now, dues = Delivered(), 1000.0, list[float]()
    for _ in range(len(WAITS) + 1):
        found = counted(AWAY, found, now)
        if found.due is not None:
            dues.append(found.due - now)
            now = found.due
    assert dues == list(WAITS)
    assert found.tries == len(WAITS) + 1 and found.due is None


def test_a_run_is_due_only_where_its_runner_keeps_the_data() -> None:
    run = changed(RUN, delivered=counted(AWAY, Delivered(), 1000.0))
    assert run.push_due == 1000.0 + WAITS[0]
    launched = changed(run.experiment, place=Placement("ec2", EngineKind.AWS))
    for other in (
        replace(run, experiment=launched),
        changed(run, delivered=replace(run.result.delivered, lost=True)),
        changed(run, delivered=replace(run.result.delivered, data=Data.PUSHED)),
        changed(run, landed=False, removed=True),
        changed(run, commit="", landed=False),
    ):
        assert other.push_due is None


@pytest.mark.parametrize("statement", [None, "pushed", [], {}, {"data": "yes"}, {"data": ["pushed"]}, {"data": None}])
def test_a_malformed_statement_is_unknown(statement: Any) -> None:
    assert heard(statement) == Delivered()


def test_a_long_statement_of_an_agent_is_cut() -> None:
    found = heard({"data": "not pushed", "remote": "x" * 9999, "cause": "y" * 9999, "lost": "yes", "more": 1})
    assert (found.data, len(found.remote), len(found.cause), found.lost) == (Data.NOT_PUSHED, 200, 2000, False)
