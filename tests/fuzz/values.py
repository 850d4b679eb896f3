"""Draw values of any of our types with foreign text in every string."""

import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from experiments.experiment import Experiment, Repository
from experiments.hosts import Host
from experiments.parts.asked import Asked
from experiments.parts.attempt import RunAttempt
from experiments.parts.change import Change
from experiments.parts.decisions import Decisions
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.parts.outcome import RunOutcome
from experiments.parts.result import RunResult
from experiments.run import Run
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from tests.fuzz.words import written
from tests.units.sample_run import EXPERIMENT, RUN, changed

FOREIGN = written(
    "@ada-evil ",
    "@o/evil",
    "#98765",
    "o/r#98765",
    "GH-98765",
    "http://e.vil/x",
    "www.e.vil/x",
    ":evil:",
    "$evil$",
    "[l](http://e.vil)",
    "![i](http://e.vil/p.png)",
    "<img src=//e.vil>",
    "</details>",
    "</summary>",
    "<!-- studio:run:2 -->",
    "a_b",
    "**b**",
    "| a |",
    "a/b.json",
    "train.lr",
    most=4,
).map(lambda text: text.encode("utf-8", "replace").decode())
VALUE = (
    FOREIGN | st.none() | st.booleans() | st.integers() | st.floats() | st.lists(FOREIGN | st.integers(), max_size=2)
)
SHA = st.sampled_from(["a" * 40, "1a2b3c4d" * 5])
# What no stranger writes: addresses, Markdown from another function here, logins as GitHub allows them.
WORDS = {
    "said": "",
    "mark": "",
    "untrained": "",
    "reply": "",
    "back": "",
    "consequences": "",
    "author": "ada",
    "state": "closed",
    "currency": "USD",
    "side": "this run",
    "url": "https://github.example/ada/cancer",
    "page": "https://studio.example/page",
    "home": "https://github.example",
}


@cache
def of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a type."""
    if kind in KNOWN:
        return KNOWN[kind]
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(of, inside))
    if origin in (Sequence, Collection, Iterable, list) or (origin is tuple and inside[-1:] == (Ellipsis,)):
        least = int(is_dataclass(inside[0]))  # functions about several items are never called with none
        return st.lists(of(inside[0]), min_size=least, max_size=2).map(list if origin is list else tuple)
    if origin is tuple:
        return st.tuples(*map(of, inside))
    if origin in (frozenset, set):
        return st.frozensets(of(inside[0]), max_size=2)
    if origin in (Mapping, dict):
        return st.dictionaries(of(inside[0]), of(inside[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.deferred(
            lambda: st.builds(kind, **{each.name: named(each.name, hints[each.name]) for each in fields(kind)})
        )
    raise LookupError(f"nobody knows what to make for {kind}")


def named(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a field or parameter; those that no stranger writes keep their usual values."""
    if kind is str and name in WORDS:
        return st.just(WORDS[name])
    if kind is str and name in ("sha", "baseline", "commit", "head", "landed", "tip"):
        return SHA
    return of(kind)


KNOWN: dict[Any, st.SearchStrategy[Any]] = {
    str: FOREIGN,
    int: st.integers(0, 3000),
    float: st.floats(0, 2e9),
    bool: st.booleans(),
    type(None): st.none(),
    Any: VALUE,
    object: VALUE,
    Repository: st.just(EXPERIMENT.repository),
    Host: st.just(EXPERIMENT.repository.host),
}


@cache
def _changed(kind: type, *names: str) -> st.SearchStrategy[dict[str, Any]]:
    hints = get_type_hints(kind)
    return st.fixed_dictionaries({}, optional={name: of(hints[name]) for name in names})


EXPERIMENTS = st.tuples(
    _changed(Experiment, "name", "project"),
    _changed(Asked, "author", "rev", "origin"),
    _changed(Change, "message", "overrides", "inputs"),
    _changed(Execution, "targets", "script"),
    _changed(LandingPlan, "branch", "base_branch", "new_branch"),
).map(lambda parts: changed(EXPERIMENT, **{name: value for part in parts for name, value in part.items()}))
KNOWN[Experiment] = EXPERIMENTS
KNOWN[Run] = st.builds(
    lambda experiment, *parts: changed(
        RUN, experiment=experiment, **{name: value for part in parts for name, value in part.items()}
    ),
    EXPERIMENTS,
    _changed(Run, "state", "interruptions"),
    _changed(RunAttempt, "waits"),
    _changed(RunOutcome, "reason", "environment", "provenance"),
    _changed(RunResult, "landed", "not_landed", "unfit", "delivered"),
    _changed(Decisions, "approved_by"),
)
KNOWN[Snapshot] = _changed(
    Snapshot, "params", "param_files", "records", "metrics", "stages", "data", "problems", "hydra", "has_dvc"
).map(lambda changes: Snapshot("a" * 40, **changes))
KNOWN[RepoConfig] = _changed(
    RepoConfig, "primary", "script", "seed", "metrics", "requirements", "declared", "gate", "problems"
).map(lambda changes: RepoConfig(**changes))
