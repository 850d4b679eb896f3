"""The doctor and the operator's runners: each has a line, and advice where it does not answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.ports.engines import EngineError, Machine, NoRoom
from doctor.examination import examine
from doctor.finding import DoctorCheck, Outcome
from doctor.runners import checks
from experiments.fleet.reading import read_fleet

FLEET = read_fleet("""
runners:
  here: {type: local}
  box: {type: rq}
  cluster: {type: slurm, home: /shared/studio}
""")
REDIS = DoctorCheck("redis", "Redis answers", "", lambda: "yes")


@dataclass
class Asked:
    """Answer the doctor's one question to an engine."""

    refusal: Exception | None = None
    machines: list[Machine] = field(default_factory=list)

    def list_owned(self) -> Sequence[Machine]:
        if self.refusal:
            raise self.refusal
        return self.machines


def seen(refusal: Exception | None = None, **takers: int) -> list[str]:
    engines = {"cluster": lambda: Asked(refusal)}
    wanted = checks(FLEET, engines, lambda name: takers.get(name or "here", 0), "lab")  # type: ignore[arg-type]  # see Asked
    return [one.text for one in examine([REDIS, *wanted], lambda _: None)][1:]


def test_each_runner_has_a_line() -> None:
    here, box, cluster = seen(here=2, box=1)
    assert here == f"{Outcome.OK:<11} Runner `here` takes runs: 2 at once"
    assert box == f"{Outcome.OK:<11} Runner `box` takes runs: 1 at once"
    assert "Runner `cluster` answers: 0 machines of ours, marked `lab`" in cluster


def test_where_no_worker_takes_runs_it_says_what_to_start() -> None:
    here, box, _ = seen()
    assert here.startswith(Outcome.NOT_OK) and "Start `python -m trainer` here" in here
    assert box.startswith(Outcome.NOT_OK) and "Start `python -m trainer box` on that machine" in box


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [(EngineError("`squeue` is not installed."), Outcome.NOT_OK), (NoRoom("It did not answer."), Outcome.NOT_PROVEN)],
)
def test_the_message_of_an_engine_is_passed_on(refusal: Exception, outcome: Outcome) -> None:
    cluster = seen(refusal)[-1]
    assert cluster.startswith(outcome) and str(refusal) in cluster
    assert ("docs/runners/slurm.md" in cluster) is (outcome is Outcome.NOT_OK)
