"""Stale, unknown, external and never run are four states, and the overview says which it is."""

import yaml

from tests.world.project import PIPELINE, files
from tests.world.world import World


def depending(path: str) -> dict[str, str]:
    """The trained project, whose stage reads this path as well, as dvc.lock has it."""
    lock = yaml.safe_load(files()["dvc.lock"])
    lock["stages"]["train"]["deps"].append({"path": path, "hash": "md5", "md5": "a" * 32, "size": 3})
    reading = PIPELINE.replace("deps: [train.py]", f"deps: [train.py, '{path}']")
    return files() | {"dvc.yaml": reading, "dvc.lock": yaml.safe_dump(lock)}


def overview_of(world: World, project: dict[str, str]) -> str:
    """What is said of a pull request that changes nothing of it."""
    pull = world.pull_request(project=project)
    world.work()
    return pull.overview


def test_what_neither_git_nor_dvc_tracks_is_unknown_and_the_numbers_are_judged(world: World) -> None:
    overview = overview_of(world, depending("raw.csv"))
    assert "Whether `raw.csv` of the base and the head is what their numbers were" in overview
    assert "= Unchanged" in overview and "stale" not in overview


def test_what_is_outside_of_the_repository_was_not_looked_at(world: World) -> None:
    overview = overview_of(world, depending("s3://lab/raw.csv"))
    assert (
        "Whether `s3://lab/raw.csv` is still what the numbers of the base and the head were made with was not"
        in overview
    )
    assert "= Unchanged" in overview and "stale" not in overview


def test_a_stage_that_never_ran_bars_a_judgement(world: World) -> None:
    pull = world.pull_request()
    pull.push({"dvc.lock": "schema: '2.0'\nstages: {}\n"})
    world.work()
    overview = pull.overview
    assert "? Not comparable" in overview
    assert "`dvc.lock` records no run of `train`, so nothing shows what its numbers were made with" in overview
    assert "changed after" not in overview


def test_a_stage_that_never_ran_and_makes_no_metric_bars_none(world: World) -> None:
    other = "  publish:\n    cmd: python publish.py\n    outs: [site]\n"
    overview = overview_of(world, files() | {"dvc.yaml": PIPELINE + other})
    assert "`dvc.lock` of the base and the head records no run of `publish`; no metric comes from it." in overview
    assert "= Unchanged" in overview


def test_a_project_without_metrics_is_told_what_declares_one(world: World) -> None:
    pipeline = "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py]\n    params: [train.lr]\n"
    overview = overview_of(world, files() | {"dvc.yaml": pipeline})
    assert overview.count("**No metric is declared yet.** With one, each run is compared here.") == 1
    assert "`metrics: [metrics.json: {cache: false}]`" in overview and "No metrics" not in overview


def test_a_nan_that_dvclive_wrote_as_text_is_not_comparable(world: World) -> None:
    measured = {
        "metrics.json": '{"accuracy": "nan", "loss": 0.1}\n',
        "dvc.yaml": "metrics: [metrics.json]\n",
        "dvc.lock": "",
    }
    overview = overview_of(world, files() | measured)
    assert "▲" not in overview and "? Not comparable" in overview
    assert "\n| `accuracy` |" in overview
