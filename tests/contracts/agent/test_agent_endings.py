"""What the agent reports about failed trainings and environments, and which kept environments it trusts."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from experiments.limits import LIMITS
from tests.contracts.agent.agent_bench import TRAIN, Bench, Project, project


def test_a_killed_stage_is_reported_like_a_killed_outermost_process(machine: Bench, tmp_path: Path) -> None:
    machine.train(project(tmp_path, 1, train="import os\nprint('big', flush=True)\nos.kill(os.getpid(), 9)"))
    assert machine.api.done["exit_code"] == 137
    assert machine.api.done["reason"] == "The stage `train` was ended by SIGKILL, often for lack of memory."


def test_an_exception_in_a_stage_is_reported_with_its_message_and_project_paths(machine: Bench, tmp_path: Path) -> None:
    train = "import os, pathlib\nprint(os.getcwd())\npathlib.Path(os.getcwd(), 'data.csv').read_text()"
    machine.train(project(tmp_path, 1, train=train))
    assert machine.api.done["reason"] == (
        "The stage `train` ended with exit code 1: "
        "`FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'`."
    )
    assert "\n.\n" in machine.api.text and "'data.csv'" in machine.api.text
    assert str(machine.home) not in machine.api.text


def test_the_agent_reports_where_trainings_own_lines_begin(machine: Bench, tmp_path: Path) -> None:
    machine.train(project(tmp_path, 1, train="print('epoch 1', flush=True)\nraise ValueError('no')"))
    assert machine.api.training is not None
    own = machine.api.log[machine.api.training :].decode()
    assert "epoch 1" in own and "Fetching commit" not in own
    assert "Fetching commit" in machine.api.text


def test_a_progress_bar_is_one_line(machine: Bench, tmp_path: Path) -> None:
    train = "for n in range(20_000):\n    print(f'\\r{n} of 20000', end='', flush=n % 100 == 0)\nprint()"
    machine.train(project(tmp_path, 1, train=train))
    assert machine.api.text.count("of 20000") == 1 and "19999 of 20000" in machine.api.text


def test_a_run_that_prints_more_than_the_limit_ends_with_its_result(machine: Bench, tmp_path: Path) -> None:
    train = f"{TRAIN}\nfor n in range(110_000):\n    print(f'{{n:08}}'.ljust(99, '.'))\n"
    printing = project(tmp_path, 1, train=train)
    ref = machine.train(printing, edits={"params.yaml": "lr: 0.7\n"})
    done = machine.api.done
    assert (done["exit_code"], done["reason"]) == (0, ""), machine.api.text[-2000:]
    assert '"accuracy"' in printing.git("show", f"{printing.unpack(machine.api.files['bundle'], ref)}:metrics.json")
    assert len(machine.api.log) <= LIMITS.log < 110_000 * 100
    assert re.search(r"\[… [\d,]+ lines \([\d,]+ bytes\) left out …\]\n", machine.api.text)
    assert "00000000." in machine.api.text and "00109999." in machine.api.text
    assert len(machine.api.states) < 300


BACKEND = """
def build_wheel(*_, **__):
    import setuptools_of_old
def get_requires_for_build_wheel(*_):
    return []
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'


def test_a_package_that_does_not_build_is_reported_in_a_sentence(
    machine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old-thing-0.22"
    old.mkdir()
    facts = "Metadata-Version: 1.0\nName: old-thing\nVersion: 0.22\n"
    for name, text in (("back.py", BACKEND), ("pyproject.toml", PYPROJECT), ("PKG-INFO", facts)):
        (old / name).write_text(text)
    links = tmp_path / "links"
    links.mkdir()
    shutil.make_archive(str(links / "old-thing-0.22"), "gztar", tmp_path, old.name)
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    broken = project(tmp_path, 1)
    broken.commit({"requirements.txt": "old-thing==0.22\n"})
    machine.train(broken)
    reason = machine.api.done["reason"]
    assert reason.startswith("`old-thing==0.22` could not be built for Python 3.")
    assert "`ModuleNotFoundError: No module named 'setuptools_of_old'`. Ask in `requirements.txt` for" in reason
    assert "\n" not in reason and "Traceback" not in reason and "Traceback" in machine.api.text


def test_a_version_that_does_not_exist_is_named(machine: Bench, tmp_path: Path) -> None:
    broken = project(tmp_path, 1)
    broken.commit({"requirements.txt": "dvc==0.0.0.1\n"})
    machine.train(broken)
    reason = machine.api.done["reason"]
    assert reason.startswith("The packages of `requirements.txt` could not be installed for Python 3.")
    assert "dvc==0.0.0.1" in reason and "\n" not in reason


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """Return a project without DVC, and with almost nothing to install."""
    made = Project(tmp_path / "project", 9)
    made.folder.mkdir()
    made.git("init", "--quiet")
    made.commit({"train.py": "open('out.txt', 'w').write('1')\n", "requirements.txt": "", "params.yaml": "lr: 1\n"})
    return made


def train(machine: Bench, asked: Project) -> None:
    sha = asked.sha
    without: dict[str, Any] = {"dvc": None, "results": ["out.txt"], "collect": [], "edits": {}}
    ref = f"refs/studio/exps/{sha[:2]}/{sha[2:]}/puffy-daks"
    machine.train(asked, ref=ref, script="pip --version && python train.py", **without)
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)


AGAIN = "The kept environment does not work where it is now, so it is made again."


def test_a_kept_environment_is_checked_before_it_is_used(machine: Bench, plain: Project, tmp_path: Path) -> None:
    machine.home = tmp_path / "agent"
    train(machine, plain)
    train(machine, plain)
    assert "Installing" not in machine.api.text, "it is kept"

    moved = machine.home.rename(tmp_path / "moved")  # its programs name a Python that is not there
    machine.home = moved
    train(machine, plain)
    assert AGAIN in machine.api.text

    (python,) = moved.glob("envs/agent/*/bin/python")
    python.unlink()
    python.symlink_to("/usr/local/bin/python-that-was-uninstalled")
    train(machine, plain)
    assert AGAIN in machine.api.text

    (environment,) = (each for each in moved.glob("envs/agent/*") if each.is_dir())
    shutil.rmtree(environment)
    train(machine, plain)
    assert AGAIN in machine.api.text
    train(machine, plain)
    assert AGAIN not in machine.api.text


@pytest.mark.parametrize("status", [409, 413])
def test_a_refused_file_for_readers_does_not_fail_the_run(machine: Bench, plain: Project, status: int) -> None:
    machine.api.refuses = {"files/experiment.tar": status}
    train(machine, plain)
    assert "bundle" in machine.api.files and "experiment.tar" not in machine.api.files
    assert (
        f"experiment.tar was not sent: {'the bot answered' if status == 409 else 'The bot refused'}" in machine.api.text
    )
