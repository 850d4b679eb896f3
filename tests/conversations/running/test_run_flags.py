"""`-s`, `-P`, `--downstream`, `-f` and stages go to `dvc exp run` as they are, and the real DVC understands them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world.project import IDENTITY, files
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

PIPELINE = """stages:
  prepare: {cmd: echo prepare >> ran; echo 1 > a, deps: [train.py], outs: [a: {cache: false}]}
  train:
    cmd: "echo train >> ran; cp metrics.json b; echo '{accuracy: 0.95}' > metrics.yaml"
    deps: [a]
    params: [train.lr]
    outs: [b: {cache: false}]
    metrics: [metrics.yaml: {cache: false}]
  tell: {cmd: echo tell >> ran; echo 1 > c, deps: [b], outs: [c: {cache: false}]}
"""


@pytest.fixture
def pull(world: World) -> PullRequest:
    """Return a pull request of a project with three stages in a row, none of which ever ran."""
    contents = {path: text for path, text in files().items() if path != "dvc.lock"}
    aside = "{cmd: echo aside >> ../ran; echo 1 > d, deps: [../train.py], outs: [d: {cache: false}]}"
    more = {"dvc.yaml": PIPELINE, "other/dvc.yaml": f"stages:\n  aside: {aside}\n", ".gitignore": "ran\n"}
    return world.pull_request(project=contents | more)


def stages(world: World) -> list[str]:
    """Those that the real DVC ran, in order, for the next run."""
    ran: list[str] = []

    def script(machine: Machine) -> None:
        machine.claim()
        machine.say("training")
        words = [word for word in machine.spec["script"][1:] if word != "--pull"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        home = str(machine.tree / ".git/home")
        identity = {name: value for name, value in IDENTITY.items() if not name.endswith("DATE")}  # DVC has its own
        env = identity | {"PATH": path, "HOME": home, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": home}
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *words], cwd=machine.tree, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        ran.extend((machine.tree / "ran").read_text().split())
        machine.commit()
        machine.done()

    world.runner.does(script)
    return ran


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-S train.lr=0.01", ["prepare", "train", "tell"]),
        ("train -S train.lr=0.01", ["prepare", "train"]),
        ("prepare --single-item", ["prepare"]),
        ("prepare -s -f", ["prepare"]),
        ("prepare --downstream -S train.lr=0.01", ["prepare", "train", "tell"]),
        ("-P", ["aside", "prepare", "train", "tell"]),
    ],
)
def test_dvc_runs_what_was_asked_for(world: World, pull: PullRequest, words: str, expected: list[str]) -> None:
    pull.comment(f"/run {words} --temp -n asked")
    assert sorted(stages(world)) == sorted(expected)
    report = pull.report
    flags = [word for word in words.split() if word in ("--single-item", "--downstream")]
    assert all(f"--allow-missing {flag}" in report for flag in flags), "the recipe trains the same"


def test_where_every_pipeline_is_below_the_root_all_of_them_are_trained(world: World) -> None:
    contents = {path: text for path, text in files().items() if path not in ("dvc.lock", "dvc.yaml")}
    below = (
        "stages:\n  aside: {cmd: echo aside >> ../ran; echo 1 > d, deps: [../train.py], outs: [d: {cache: false}]}\n"
    )
    pull = world.pull_request(project=contents | {"other/dvc.yaml": below, ".gitignore": "ran\n"})
    pull.comment("/run --temp -n asked")
    assert stages(world) == ["aside"]
    assert "dvc exp run --pull --allow-missing --all-pipelines\n" in pull.report


def test_a_message_may_begin_with_a_dash(world: World, pull: PullRequest) -> None:
    pull.comment('/run -P -S train.lr=0.01 -m "-1 is better"')
    assert stages(world)
    assert "better" not in pull.report, "there is no baseline"
    assert pull.message == "-1 is better"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("train", "train"),
        ("-s -P", "`--single-item`, `--all-pipelines`"),
        ("-f", "`-f` would go to `dvc exp run`, and here"),
        ("--pull --allow-missing", "`--pull`, `--allow-missing` would go"),
    ],
)
def test_what_only_dvc_understands_is_refused_where_a_script_trains(world: World, words: str, told: str) -> None:
    pull = world.pull_request(contents={".github/studio.yml": "script: python train.py\n"})
    comment = pull.comment(f"/run {words} -S train.lr=0.01")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert told in reply and "`python train.py` trains" in reply
    assert "it is run each time. Leave" in reply
