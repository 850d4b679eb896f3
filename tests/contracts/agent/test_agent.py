"""The agent trains a real DVC project and sends its results to the bot."""

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from experiments.data.fetching import Fetching
from experiments.limits import LIMITS
from runners.agent.isolation.root import PERMISSION
from runners.package import AGENT, pack
from tests.contracts.agent.agent_bench import TOKEN, Bench, Project, project
from tests.contracts.agent.archives import tar
from tests.processes import living


@pytest.fixture
def iris(tmp_path: Path) -> Project:
    return project(tmp_path, 1)


def test_an_experiment_comes_back_as_one_commit_on_its_baseline(machine: Bench, iris: Project) -> None:
    ref = machine.train(iris)
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert machine.api.done["reason"] == ""
    commit = iris.unpack(machine.api.files["bundle"], ref)
    assert iris.git("show", "--no-patch", "--format=%s|%an", commit) == "Set lr=0.01|studio[bot]"
    changed = iris.git("diff", "--name-only", iris.sha, commit).split()
    assert changed == ["dvc.lock", "metrics.json", "params.yaml"]
    files = tar(machine.api.files["experiment.tar"])
    assert json.loads(files["metrics.json"]) == {"accuracy": 0.99}
    assert files["loss.csv"].startswith("step,loss")


def test_the_bot_gets_progress_log_and_environment(machine: Bench, iris: Project) -> None:
    began = time.monotonic()
    machine.train(iris, edits={"params.yaml": "lr: 0.02\n"})
    sys.stdout.write(f"a run with a kept environment took {time.monotonic() - began:.1f} s\n")
    assert list(dict.fromkeys(machine.api.states))[-1] == "uploading"
    assert "training with lr=0.02" in machine.api.text
    environment = machine.api.done["environment"]
    assert environment["python"].startswith("3.") and environment["dvc"] == "3.67.1"
    assert "dvc==3.67.1" in environment["packages"]
    assert "cores" in environment["machine"]


def test_a_former_result_is_taken_from_the_kept_run_cache(machine: Bench, iris: Project) -> None:
    machine.train(iris)
    machine.train(iris)
    assert machine.api.done["exit_code"] == 0
    assert "is cached - skipping run" in machine.api.text
    assert json.loads(tar(machine.api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 0.99}


def test_a_stage_that_fails_ends_the_run_with_its_exit_code_and_log(machine: Bench, tmp_path: Path) -> None:
    failing = project(tmp_path, 1, train="raise SystemExit('no such column: petal')")
    machine.train(failing)
    assert machine.api.done["exit_code"] == 1
    assert machine.api.done["reason"] == "The stage `train` ended with exit code 1."
    assert (machine.api.done["provenance"]["executed"], machine.api.done["provenance"]["failed"]) == ([], ["train"])
    assert "no such column: petal" in machine.api.text
    assert "bundle" not in machine.api.files


SLOW = """
import os, subprocess, sys
mark = "{mark}"
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark], start_new_session=True)
print("begun", flush=True)
subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", mark])
"""


@pytest.mark.parametrize("isolated", [True, False], ids=["isolated", "plain"])
def test_a_timeout_ends_every_process_that_training_started(machine: Bench, tmp_path: Path, isolated: bool) -> None:
    mark = f"mark-{tmp_path}"
    machine.isolated = isolated
    slow = project(tmp_path, 1, train=SLOW.format(mark=mark))
    for seconds in (4, 16, 64):  # on a busy machine the stage may not have begun by then
        machine.train(slow, timeout=seconds)
        assert machine.api.done["timed_out"] is True and machine.api.done["exit_code"] != 0
        assert machine.api.done["reason"] == f"Out of time: stopped after {seconds} seconds of training."
        if "begun" in machine.api.text:
            break
    assert "begun" in machine.api.text
    assert not living(mark)


def test_cancelling_ends_training_and_is_confirmed(machine: Bench, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path}"
    machine.ask(project(tmp_path, 1, train=SLOW.format(mark=mark)))
    with ThreadPoolExecutor() as pool:
        agent = pool.submit(machine.start)
        machine.api.wait("begun")
        assert living(mark), "the mark is seen from outside"
        machine.api.cancel = True
        assert agent.result(60) == 0
    assert machine.api.done["reason"] == "Cancelled."
    assert "KeyboardInterrupt" in machine.api.text, "training is interrupted before it is killed"
    assert not living(mark)


def test_processes_left_by_a_killed_agent_are_ended_by_the_next_agent(
    machine: Bench, iris: Project, tmp_path: Path
) -> None:
    mark = f"mark-{tmp_path}"
    machine.isolated = False  # in isolation they would have died with it
    machine.ask(project(tmp_path / "slow", 2, train=SLOW.format(mark=mark)))
    with ThreadPoolExecutor() as pool:
        agent = pool.submit(machine.start)
        machine.api.wait("begun")
        (pid,) = living(str(machine.home))
        os.kill(pid, signal.SIGKILL)
        assert agent.result(60) == -signal.SIGKILL
    assert living(mark), "it lives on"
    machine.train(iris)
    assert machine.api.done["exit_code"] == 0
    assert not living(mark)


def test_the_agent_stops_at_once_when_its_run_has_ended(machine: Bench, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path}"
    machine.ask(project(tmp_path, 1, train=SLOW.format(mark=mark)))
    with ThreadPoolExecutor() as pool:
        agent = pool.submit(machine.start)
        machine.api.wait("begun")
        machine.api.ended = True
        assert agent.result(60) == 3
    assert not machine.api.done
    assert not living(mark)


def test_a_beat_whose_answer_was_lost_is_not_logged_twice(machine: Bench, iris: Project) -> None:
    machine.api.lost_answers = 2
    machine.train(iris)
    assert machine.api.done["exit_code"] == 0
    assert machine.api.text.count("Fetching commit") == 1
    assert machine.api.text.count("training with lr") <= 1


def test_data_is_pushed_to_the_dvc_remote_and_pulled_from_it(machine: Bench, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    remote.mkdir()
    machine.remotes = (remote,)
    stored = project(tmp_path, 1, remote=remote)
    ref = machine.train(stored, edits={"params.yaml": "lr: 0.3\n"})
    assert machine.api.done["reason"] == "", machine.api.text
    weights = hashlib.md5(b"weights 0.3", usedforsecurity=False).hexdigest()
    assert (remote / "files" / "md5" / weights[:2] / weights[2:]).read_text() == "weights 0.3"

    stored.git("merge", "--quiet", "--ff-only", stored.unpack(machine.api.files["bundle"], ref))
    shutil.rmtree(machine.home / "caches" / "1")  # as on another machine
    machine.train(stored, baseline_files=["loss.csv", "absent.csv"])
    assert tar(machine.api.files["baseline.tar"]) == {"loss.csv": "step,loss\n0,0.3\n"}
    assert machine.api.done["exit_code"] == 0


def test_without_a_script_the_files_are_fetched_and_nothing_is_trained(machine: Bench, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    remote.mkdir()
    machine.remotes = (remote,)
    stored = project(tmp_path, 1, remote=remote)
    ref = machine.train(stored, edits={"params.yaml": "lr: 0.3\n"})
    stored.git("merge", "--quiet", "--ff-only", stored.unpack(machine.api.files["bundle"], ref))
    shutil.rmtree(machine.home / "caches" / "1")  # as on another machine
    machine.train(stored, script=[], edits={}, collect=[], baseline_files=["loss.csv"])
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert set(machine.api.files) == {"baseline.tar"}
    assert tar(machine.api.files["baseline.tar"]) == {"loss.csv": "step,loss\n0,0.3\n"}
    assert "training with" not in machine.api.text
    for folder in (machine.home / "caches" / "1", remote):
        shutil.rmtree(folder)
    remote.mkdir()
    machine.train(stored, script=[], edits={}, collect=[], baseline_files=["loss.csv"])
    reason = machine.api.done["reason"]
    assert reason == "The DVC remote did not give metrics and plots: `loss.csv`: the remote does not have it."
    assert Fetching(cause=reason).hopeless


def test_a_remote_that_is_not_the_operators_is_reported_and_the_run_succeeds(machine: Bench, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    machine.train(project(tmp_path, 1, remote=elsewhere), edits={"params.yaml": "lr: 0.4\n"})
    assert machine.api.done["exit_code"] == 0 and "bundle" in machine.api.files
    delivered = machine.api.done["delivered"]
    assert machine.api.done["reason"] == "" and delivered["data"] == "not pushed" and delivered["remote"] == "storage"
    assert f"The DVC remote `storage` (`{elsewhere}`) is a folder of the runner's machine" in delivered["cause"]
    assert "LOCAL_REMOTES" in delivered["cause"] and not elsewhere.exists()


def test_a_remote_that_does_not_answer_is_reported_and_the_run_succeeds(machine: Bench, tmp_path: Path) -> None:
    away = project(tmp_path, 1)
    remote = "[core]\n    remote = web\n['remote \"web\"']\n    url = http://127.0.0.1:1/data\n"
    away.commit({".dvc/config": remote})
    machine.train(away, edits={"params.yaml": "lr: 0.5\n"})
    assert machine.api.done["exit_code"] == 0 and "bundle" in machine.api.files
    delivered = machine.api.done["delivered"]
    assert delivered["data"] == "not pushed" and not delivered["lost"]
    assert delivered["cause"].startswith(
        "The DVC remote `web` (`http://127.0.0.1:1/data`) did not take it: Connect call failed"
    )


def test_a_dvc_that_is_too_old_is_reported_before_training(machine: Bench, iris: Project) -> None:
    dvc = {"requirement": "dvc==3.67.1", "minimum": "4.2", "push": False}
    machine.train(iris, dvc=dvc)
    assert machine.api.done["exit_code"] != 0
    assert "DVC 3.67.1" in machine.api.done["reason"] and "`dvc>=4.2`" in machine.api.done["reason"]
    assert "training" not in machine.api.states


def test_a_custom_script_must_make_the_experiment(machine: Bench, iris: Project) -> None:
    machine.train(iris, script="python train.py\necho trained without DVC\n")
    assert "trained without DVC" in machine.api.text
    assert machine.api.done["exit_code"] != 0
    assert "left no experiment at refs/exps/" in machine.api.done["reason"]


def test_a_bundle_over_the_limit_is_not_sent(machine: Bench, iris: Project) -> None:
    machine.train(iris, limits={**asdict(LIMITS), "bundle": 100})
    assert machine.api.done["exit_code"] != 0 and "bundle" not in machine.api.files
    assert "at most 0.0 MB are taken" in machine.api.done["reason"]


def test_the_packed_agent_trains_like_the_folder(machine: Bench, iris: Project, tmp_path: Path) -> None:
    packed = tmp_path / "agent.pyz"
    packed.write_bytes(pack())
    machine.ask(iris)
    line = json.dumps({"url": machine.api.url, "run": "packed", "attempt": 1, "token": TOKEN})
    argv = [sys.executable, "-I", "-B", str(packed), "--home", str(machine.home)]
    env = {**os.environ, PERMISSION: "yes"}
    subprocess.run(argv, input=line + "\n", text=True, check=True, timeout=120, env=env)
    assert machine.api.done["exit_code"] == 0 and "bundle" in machine.api.files


def test_a_killed_agent_takes_training_with_it_and_the_next_one_removes_its_tree(
    machine: Bench, iris: Project, tmp_path: Path
) -> None:
    mark = f"mark-{tmp_path}"
    machine.ask(project(tmp_path / "slow", 1, train=SLOW.format(mark=mark)))
    line = json.dumps({"url": machine.api.url, "run": "killed", "attempt": 1, "token": TOKEN})
    argv = [sys.executable, "-I", "-B", str(AGENT), "--home", str(machine.home)]
    agent = subprocess.Popen(argv, stdin=subprocess.PIPE, text=True, env={**os.environ, PERMISSION: "yes"})
    assert agent.stdin is not None
    agent.stdin.write(line + "\n")
    agent.stdin.close()
    machine.api.wait("begun")
    training = living(mark)
    agent.kill()
    agent.wait()
    for pid in training:
        gone(int(pid))
    assert (machine.home / "work" / "killed-1").exists()
    machine.train(iris)
    assert machine.api.done["exit_code"] == 0


def gone(pid: int) -> None:
    """Wait until the kernel has ended a process."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 30)[0], f"{pid} lives"
    finally:
        os.close(descriptor)
