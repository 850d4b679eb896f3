"""A run takes as much of the shared memory as is stored of it, whoever wrote that."""

from dataclasses import replace

import pytest

from bot.effects import budget_check
from experiments.provenance import Provenance
from experiments.run import Run
from services.redis.weights import KEEP_LONG, LONG
from tests.world.project import files
from tests.world.runner import made, training
from tests.world.world import PullRequest, World

DEEP = "/".join(["x" * 240] * 16)  # nearly as long as a path may be
ACCURACY = {"accuracy": 0.95, "loss": 0.05}


def declaring(world: World, count: int) -> PullRequest:
    """Return one with a run, whose dvc.yaml declares so many files that nothing makes, with names of 3.9 KB."""
    project = dict(files(0.9))
    project["dvc.yaml"] += "metrics:\n" + "".join(f"- m/{number:03}{DEEP}.json\n" for number in range(count))
    pull = world.pull_request(project=project)
    world.work()
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 -n last")
    assert pull.check_run
    return pull


@pytest.fixture
def pull(world: World) -> PullRequest:
    """Return one with 780 KB of such names."""
    return declaring(world, 200)


def trained(world: World, pull: PullRequest) -> Run:
    told = made(executed=["train"], written={"metrics.json": "train"})
    world.runner.does(training(ACCURACY, provenance=told))
    assert pull.new()
    return pull.runs[0]


def test_names_of_files_that_nothing_made_count_too(world: World) -> None:
    run = trained(world, declaring(world, 12))
    assert run.outcome.provenance and len(run.outcome.provenance.origins) == 12
    taken = int(world.wired.redis.strlen(f"run:{run.id}"))
    assert LONG < taken < 100_000
    assert world.wired.ports.store.weight(run.experiment.repository, ()) == taken
    assert 0 < world.wired.redis.ttl(f"run:{run.id}") <= KEEP_LONG, "whatever it is that makes it long"


def test_where_the_names_are_too_long_the_origin_of_the_results_is_unknown(world: World, pull: PullRequest) -> None:
    run = trained(world, pull)
    assert run.outcome.provenance == Provenance()
    assert int(world.wired.redis.strlen(f"run:{run.id}")) < 5000


def test_names_are_not_kept_beyond_the_limit(world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_check, "MEMORY", 1000)
    run = trained(world, pull)
    assert run.outcome.provenance and not run.outcome.provenance.origins
    assert int(world.wired.redis.strlen(f"run:{run.id}")) < 5000


def test_reasons_count(world: World, pull: PullRequest) -> None:
    (run,), store = pull.runs, world.wired.ports.store
    before = store.weight(run.experiment.repository, ())
    store.update(run.id, lambda seen: replace(seen, interruptions=("\U0001f600" * 4000,)))
    assert store.weight(run.experiment.repository, ()) > before + 16_000
