"""The agent trains real projects without DVC: any script, parameters and results in any format, one commit."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.agent.agent_bench import Bench, Project
from tests.world.plain import FILES, RESULTS

SCRIPT = "pip install -r requirements.txt && python train.py"


@pytest.fixture
def line(tmp_path: Path) -> Project:
    """Return a project that fits a line and has not been trained yet."""
    made = Project(tmp_path / "project", 8)
    made.folder.mkdir()
    made.git("init", "--quiet")
    made.commit(FILES)
    return made


def train(machine: Bench, project: Project, edits: Mapping[str, str] = {}, **changes: Any) -> str:
    """Train a run without DVC, and return the ref that it must make."""
    sha = project.sha
    asked: dict[str, Any] = {
        "ref": f"refs/studio/exps/{sha[:2]}/{sha[2:]}/puffy-daks",
        "edits": edits,
        "script": SCRIPT,
        "dvc": None,
        "results": RESULTS,
        "collect": [],
    }
    return machine.train(project, **asked | changes)


def test_parameters_of_four_languages_train_and_results_come_back_as_one_commit(machine: Bench, line: Project) -> None:
    edits = {
        "params.yaml": "lr: 0.5  # the rate\n",
        "conf/model.toml": "[train]\nsteps = 40  # enough\n",
        "conf/data.json": '{"points": 12}\n',
        "settings.py": "OFFSET = 2.0  # where the line begins\n",
    }
    ref = train(machine, line, edits)
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    commit = line.unpack(machine.api.files["bundle"], ref)
    assert line.git("show", "--no-patch", "--format=%s|%an", commit) == "Set lr=0.01|studio[bot]"
    changed = line.git("diff", "--name-only", line.sha, commit).split()
    assert changed == sorted([*edits, "eval.toml", "eval.yaml", "history.tsv", "metrics.json", "plots/loss.csv"])
    loss = json.loads(line.git("show", f"{commit}:metrics.json"))["loss"]
    assert 0 < loss < 0.1
    assert len(line.git("show", f"{commit}:plots/loss.csv").splitlines()) == 41
    environment = machine.api.done["environment"]
    assert environment["dvc"] == "" and not any(each.startswith("dvc") for each in environment["packages"])
    assert set(machine.api.files) == {"bundle", "experiment.tar"}


def test_dependencies_in_pyproject_make_the_environment(machine: Bench, line: Project) -> None:
    line.git("rm", "--quiet", "requirements.txt")
    line.commit({"pyproject.toml": '[project]\nname = "line"\nversion = "1"\ndependencies = ["pyyaml"]\n'})
    train(machine, line, script="python train.py")
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert any(each.startswith("pyyaml==") for each in machine.api.done["environment"]["packages"])


def test_the_same_run_again_changes_nothing(machine: Bench, line: Project) -> None:
    ref = train(machine, line)
    line.git("merge", "--quiet", "--ff-only", line.unpack(machine.api.files["bundle"], ref))
    train(machine, line)
    assert machine.api.done["exit_code"] == 0
    assert "slope" in machine.api.text, "without DVC nothing tells that it was trained before: it is trained again"
    assert "bundle" not in machine.api.files


def test_the_baselines_results_are_not_taken_for_the_runs(machine: Bench, line: Project) -> None:
    ref = train(machine, line)
    line.git("merge", "--quiet", "--ff-only", line.unpack(machine.api.files["bundle"], ref))
    train(machine, line, {"params.yaml": "lr: 0.2\n"}, script="echo forgets to train")
    assert machine.api.done["exit_code"] != 0 and "bundle" not in machine.api.files
    for name in RESULTS:
        assert name in machine.api.done["reason"]


def test_a_script_that_fails_is_reported_by_name(machine: Bench, line: Project) -> None:
    train(machine, line, {"settings.py": "OFFSET = None\n"})
    assert machine.api.done["exit_code"] == 1
    assert machine.api.done["reason"].startswith("The script ended with exit code 1: `TypeError: ")
    assert "TypeError" in machine.api.text


def test_other_files_that_the_script_changed_are_sent_for_the_bot_to_refuse(machine: Bench, line: Project) -> None:
    """It may have committed, too: the one commit is on the baseline in any case."""
    own = "git checkout -q -b other\necho more >> README.md\ngit rm -q conf/data.json\ntouch new\ngit add -A\n"
    ref = train(machine, line, script=f"{SCRIPT}\n{own}git commit -q -m mine\necho x >> new\n")
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    commit = line.unpack(machine.api.files["bundle"], ref)
    changed = line.git("diff", "--name-status", line.sha, commit).splitlines()
    assert {"M\tREADME.md", "D\tconf/data.json"} <= set(changed)
    assert "A\tnew" not in changed


@pytest.mark.parametrize("target", ["/etc", ".."])
def test_results_that_are_reached_through_a_symlink_are_refused(machine: Bench, line: Project, target: str) -> None:
    (line.folder / "linked").symlink_to(target)
    line.commit({"kept.json": "{}"})
    train(machine, line, results=["linked/project/kept.json"])
    assert "reached through a symlink" in machine.api.done["reason"]
