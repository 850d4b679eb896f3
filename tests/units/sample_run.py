"""Build a successful run and its results: what the tests of reports begin with."""

import dataclasses
from typing import Any, TypeVar

from experiments.data.delivered import Data, Delivered
from experiments.experiment import Experiment, Repository
from experiments.parts.asked import Asked
from experiments.parts.attempt import RunAttempt
from experiments.parts.change import Change, Override
from experiments.parts.landing_plan import LandingPlan
from experiments.parts.outcome import Environment, RunOutcome
from experiments.parts.result import RunResult
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import MetricFile, Param, Reading, Snapshot
from reports.run.report import Report, of_run

T = TypeVar("T", Experiment, Run)
EXPERIMENT = Experiment(
    Repository(1, "ada/cancer", 7, "https://github.example/ada/cancer"),
    pull=3,
    baseline="1a2b3c4d" * 5,
    name="puffy-daks",
    landing=LandingPlan("try-less", "main"),
    asked=Asked("ada", 99),
    change=Change((Override("params.yaml", "train.lr", 0.01, 0.1, "train.lr=0.01"),)),
)
RUN = Run(
    "r1",
    EXPERIMENT,
    0,
    state=RunState.SUCCEEDED,
    attempt=RunAttempt(started=10, trained=22),
    outcome=RunOutcome(
        25, environment=Environment("3.11.7", "3.67.1", ("numpy==2.0", "dvc==3.67.1"), "Linux, 2 cores")
    ),
    result=RunResult("deadbeef" * 5, landed=True, delivered=Delivered(Data.PUSHED, "storage")),
)


def snapshot(lr: float = 0.1, files: dict[str, dict[str, Any]] | None = None, **values: Any) -> Snapshot:
    contents = files or {"metrics.json": values}
    metrics = tuple(MetricFile(path, Reading.READ, found) for path, found in contents.items())
    return Snapshot("a" * 40, params=(Param("params.yaml", "train.lr", lr),), metrics=metrics)


BEFORE, AFTER = snapshot(0.1, accuracy=0.951, loss=0.2), snapshot(0.01, accuracy=0.967, loss=0.1)


def report(
    run: Run = RUN,
    before: Snapshot | None = BEFORE,
    after: Snapshot | None = AFTER,
    config: RepoConfig | None = None,
    **rest: Any,
) -> Report:
    return of_run(run, before, after, config or RepoConfig(), rest.pop("log", ""), **rest)


def ended(state: RunState, **fields: Any) -> Run:
    return changed(RUN, state=state, commit="", landed=False, **fields)


def changed(original: T, **fields: Any) -> T:
    """Return the experiment or run with other values of its own fields, or of fields of its parts.

    A part that is given as a plain value gets it as its first field: `sweep="slow"` is its name.
    """
    values: dict[str, Any] = {}
    own = {each.name: getattr(original, each.name) for each in dataclasses.fields(original)}
    for name, value in fields.items():
        if name in own and (dataclasses.is_dataclass(value) or not _is_part(own[name])):
            values[name] = value
            continue
        part = name if name in own else next(one for one in own if _is_part(own[one]) and hasattr(own[one], name))
        field = dataclasses.fields(own[part])[0].name if name in own else name
        values[part] = dataclasses.replace(values.get(part, own[part]), **{field: value})
    return dataclasses.replace(original, **values)


def _is_part(value: object) -> bool:
    return type(value).__module__.startswith("experiments.parts.")
