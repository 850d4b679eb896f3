"""What a page or a program may ask of a pull request: nobody wrote a comment, and GitHub is not asked for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest

from bot.commands import Word
from bot.ports import Ports
from bot.ports.git import Bundle
from bot.ports.git_commits import Described
from bot.ports.git_host import Permission, PullRequest
from bot.ports.memos import Memo
from bot.workspace import Workspace
from experiments.experiment import PullRef, Repository
from experiments.fleet.runners import Fleet
from experiments.parts.result import RunResult
from experiments.placement import EngineKind, Placement
from experiments.refs import PATTERN
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.declared import Declared
from experiments.snapshot import MetricFile, Param, Reading, Snapshot, Stage
from handlers.checks import names, preflight
from handlers.checks.admission import admitted, trainable
from handlers.commands.queue import QueueArgs, queue
from handlers.commands.show import ShowArgs, show
from handlers.lookup import by_name, projects, revisions
from handlers.planning.edits import Member, edited, varied
from handlers.planning.placement import placed
from handlers.planning.run_arguments import RunArgs
from tests.units.sample_run import EXPERIMENT, changed

REPOSITORY = Repository(7, "grace/digits", 1, "https://github.test/grace/digits")
BASE, HEAD, KEPT = "a" * 40, "b" * 40, "c" * 40
REF = f"refs/exps/{HEAD[:2]}/{HEAD[2:]}/puffy-daks"
PARAMS = "train:\n  lr: 0.1  # per step\n"
PULL = PullRequest(3, "open", HEAD, "tune", BASE, "main", False, "main", REPOSITORY)
RUN = Run(
    "r1",
    changed(EXPERIMENT, repository=REPOSITORY, pull=3, baseline=HEAD, name="puffy-daks", sweep="", overrides=()),
    created=1.0,
    state=RunState.SUCCEEDED,
    result=RunResult(KEPT),
)


def snapshot(sha: str, lr: float, accuracy: float) -> Snapshot:
    return Snapshot(
        sha,
        params=(Param("params.yaml", "train.lr", lr, ("train",)),),
        param_files=("params.yaml",),
        metrics=(MetricFile("metrics.json", Reading.READ, {"accuracy": accuracy}),),
        stages=(Stage("train", "python train.py", ("train.py",), ("metrics.json",), ("params.yaml:train.lr",)),),
        outputs=("metrics.json", "dvc.lock"),
    )


SNAPSHOTS = {BASE: snapshot(BASE, 0.1, 0.8), HEAD: snapshot(HEAD, 0.1, 0.9), KEPT: snapshot(KEPT, 0.01, 0.95)}


class _Git:
    """Serve one commit on the base, and an experiment on it."""

    def remote_refs(self, repository: Repository, pattern: str) -> Mapping[str, str]:
        return {REF: KEPT} if pattern == PATTERN else {}

    def fetch(self, repository: Repository, refs: Sequence[str]) -> None: ...
    def fetch_pull(self, pull: PullRequest) -> None: ...

    def merge_base(self, repository: Repository, one: str, other: str) -> str:
        return BASE

    def history(self, repository: Repository, base: str, head: str, limit: int) -> Sequence[str]:
        return [HEAD]

    def described(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Described]:
        parents = {BASE: "", HEAD: BASE, KEPT: HEAD}
        return {sha: Described(parents[sha], 10.0, "Set train.lr=0.01" if sha == KEPT else "Tune") for sha in shas}

    def look(self, repository: Repository, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        return Bundle(KEPT, "Set train.lr=0.01", ("metrics.json",), refused=())

    def read(self, repository: Repository, sha: str, path: str) -> bytes | None:
        return PARAMS.encode() if path == "params.yaml" else None


class _Snapshots:
    def take(self, repository: Repository, sha: str, project: str, declared: Declared) -> Snapshot:
        return SNAPSHOTS[sha]

    def take_all(
        self, repository: Repository, shas: Sequence[str], project: str, declared: Declared
    ) -> Mapping[str, Snapshot]:
        return {sha: SNAPSHOTS[sha] for sha in shas}


class _Store:
    def of_pull(self, where: PullRef) -> Sequence[Run]:
        return [RUN] if where == PULL.ref else []

    def taken_names(self, repository: Repository) -> set[str]:
        return {"at-work"}

    def durations(self, repository: Repository) -> Sequence[float]:
        return [60.0]

    def queued(self) -> Sequence[str]:
        return []

    def at_work(self, runner: str = "") -> int:
        return 0

    def recall(self, memo: Memo[Any]) -> Any:
        return 2 if str(memo.key) == "jobs:7:3" else None


class _Queue:
    def takers(self, runner: str) -> int:
        return 1


class _Runner:
    def admit(self, full_name: str) -> str:
        return ""

    def folders(self, full_name: str) -> Sequence[str] | None:
        return None


@dataclass(frozen=True)
class _Runners:
    fleet: Fleet


@pytest.fixture
def workspace() -> Workspace:
    """Return a workspace without host and pages, to which nothing can be written: any other question fails."""
    there = {
        "git": _Git(),
        "snapshots": _Snapshots(),
        "store": _Store(),
        "queue": _Queue(),
        "runner": _Runner(),
        "runners": _Runners(Fleet()),
        "monotonic": lambda: 0.0,
    }
    fields = dict.fromkeys(Ports.__dataclass_fields__) | there
    return Workspace(Ports(**cast(dict[str, Any], fields)), PULL, "ivan", Permission.READ, 100.0)


def test_the_table_of_a_pull_request_is_shown_to_any_reader(workspace: Workspace) -> None:
    reply = show(workspace, ShowArgs(), "")
    assert "1 experiment on 1 commit of `tune`. ★ Best is `puffy-daks`: `accuracy` 0.95 (base 0.80)." in reply.text
    assert not reply.acts and not reply.experiments


def test_runs_revisions_and_the_queue_are_looked_up(workspace: Workspace) -> None:
    assert by_name.run(workspace, Word.at("puffy-daks", 0, 0), "") is RUN
    assert revisions.head(workspace).sha == HEAD
    base = revisions.base(workspace)
    assert base and base.sha == BASE
    assert "Nothing is in the queue" in queue(workspace, QueueArgs(), "").text


def test_a_run_is_planned_without_being_requested(workspace: Workspace) -> None:
    """Check what it would set, the names that are taken, where it would train, and the obstacles."""
    admitted(workspace)
    here = projects.chosen(workspace, Word.at("", 0, 0), "")
    trainable(here.snapshot, here.config, workspace.repository.url)
    (plan,) = edited(here, [("train.lr=0.05",)], None)
    assert not plan.problems and plan.edits == {"params.yaml": PARAMS.replace("0.1 ", "0.05 ")}
    assert names.taken(workspace) >= {"puffy-daks", "at-work"}
    place, timeout = placed(workspace, here.config, RunArgs())
    assert (place, timeout) == (Placement("local", EngineKind.LOCAL), 7200)
    planned = varied(changed(RUN.experiment, name="trial", edits={}, message=""), 0, Member(plan))
    assert planned.change.message == "Set train.lr=0.05"
    assert preflight.looked_ahead(here, [planned], by_name.runs(workspace)) == ()
