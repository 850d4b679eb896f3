"""The agent trains a real DVC project and sends home what came of it."""

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runners.package import AGENT, pack
from tests.contracts.agent_bench import CLONE_TOKEN, TOKEN, Bench, Project, RunsApi, project, tar
from tests.processes import living


@pytest.fixture
def bench(agent_home: Path) -> Iterator[Bench]:
    api = RunsApi()
    yield Bench(agent_home, api)
    api.close()
    assert not list((agent_home / "work").iterdir()), "a work tree was left"
    assert TOKEN.encode() not in api.said and CLONE_TOKEN.encode() not in api.said


@pytest.fixture
def iris(tmp_path: Path) -> Project:
    return project(tmp_path, 1)


def test_an_experiment_comes_back_as_one_commit_on_its_baseline(bench: Bench, iris: Project) -> None:
    ref = bench.train(iris)
    assert bench.api.done["exit_code"] == 0, (bench.api.done, bench.api.text)
    assert bench.api.done["reason"] == ""
    commit = iris.unpack(bench.api.files["bundle"], ref)
    assert iris.git("show", "--no-patch", "--format=%s|%an", commit) == "Set lr=0.01|studio[bot]"
    changed = iris.git("diff", "--name-only", iris.sha, commit).split()
    assert changed == ["dvc.lock", "metrics.json", "params.yaml"]
    files = tar(bench.api.files["experiment.tar"])
    assert json.loads(files["metrics.json"]) == {"accuracy": 0.99}
    assert files["loss.csv"].startswith("step,loss")


def test_the_bot_hears_where_it_is_what_it_prints_and_what_it_trained_with(bench: Bench, iris: Project) -> None:
    began = time.monotonic()
    bench.train(iris, edits={"params.yaml": "lr: 0.02\n"})
    sys.stdout.write(f"a run with a kept environment took {time.monotonic() - began:.1f} s\n")
    assert list(dict.fromkeys(bench.api.states))[-1] == "uploading"
    assert "training with lr=0.02" in bench.api.text
    environment = bench.api.done["environment"]
    assert environment["python"].startswith("3.") and environment["dvc"] == "3.67.1"
    assert "dvc==3.67.1" in environment["packages"]
    assert "cores" in environment["machine"]


def test_what_was_trained_before_is_taken_from_the_kept_run_cache(bench: Bench, iris: Project) -> None:
    bench.train(iris)
    bench.train(iris)
    assert bench.api.done["exit_code"] == 0
    assert "is cached - skipping run" in bench.api.text
    assert json.loads(tar(bench.api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 0.99}


def test_a_stage_that_fails_ends_the_run_with_its_exit_code_and_log(bench: Bench, tmp_path: Path) -> None:
    failing = project(tmp_path, 1, train="raise SystemExit('no such column: petal')")
    bench.train(failing)
    assert bench.api.done["exit_code"] == 255
    assert bench.api.done["reason"] == "`dvc exp run` ended with exit code 255."
    assert "no such column: petal" in bench.api.text
    assert "bundle" not in bench.api.files


SLOW = """
import os, subprocess, sys
mark = "{mark}"
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark], start_new_session=True)
print("begun", flush=True)
subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", mark])
"""


@pytest.mark.parametrize("isolated", [True, False], ids=["isolated", "plain"])
def test_out_of_time_ends_everything_it_started(bench: Bench, tmp_path: Path, isolated: bool) -> None:
    mark = f"mark-{tmp_path}"
    bench.isolated = isolated
    bench.train(project(tmp_path, 1, train=SLOW.format(mark=mark)), timeout=4)
    assert bench.api.done["timed_out"] is True and bench.api.done["exit_code"] != 0
    assert bench.api.done["reason"] == "Out of time: stopped after 4 seconds of training."
    assert "begun" in bench.api.text
    assert not living(mark)


def test_cancel_ends_training_and_is_confirmed(bench: Bench, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path}"
    bench.ask(project(tmp_path, 1, train=SLOW.format(mark=mark)))
    with ThreadPoolExecutor() as pool:
        agent = pool.submit(bench.start)
        bench.api.wait("begun")
        assert living(mark), "the mark is seen from outside"
        bench.api.cancel = True
        assert agent.result(60) == 0
    assert bench.api.done["reason"] == "Cancelled."
    assert "KeyboardInterrupt" in bench.api.text, "training is interrupted before it is killed"
    assert not living(mark)


def test_what_a_killed_agent_left_behind_is_ended_by_the_next(bench: Bench, iris: Project, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path}"
    bench.isolated = False  # a closed room would have died with it
    bench.ask(project(tmp_path / "slow", 2, train=SLOW.format(mark=mark)))
    with ThreadPoolExecutor() as pool:
        agent = pool.submit(bench.start)
        bench.api.wait("begun")
        (pid,) = living(str(bench.home))
        os.kill(pid, signal.SIGKILL)
        assert agent.result(60) == -signal.SIGKILL
    assert living(mark), "it lives on"
    bench.train(iris)
    assert bench.api.done["exit_code"] == 0
    assert not living(mark)


def test_a_run_that_has_ended_is_left_without_another_word(bench: Bench, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path}"
    bench.ask(project(tmp_path, 1, train=SLOW.format(mark=mark)))
    with ThreadPoolExecutor() as pool:
        agent = pool.submit(bench.start)
        bench.api.wait("begun")
        bench.api.ended = True
        assert agent.result(60) == 3
    assert not bench.api.done
    assert not living(mark)


def test_a_beat_whose_answer_is_lost_is_not_logged_twice(bench: Bench, iris: Project) -> None:
    bench.api.lost_answers = 2
    bench.train(iris)
    assert bench.api.done["exit_code"] == 0
    assert bench.api.text.count("Fetching commit") == 1
    assert bench.api.text.count("training with lr") <= 1


def test_data_goes_to_the_dvc_remote_and_comes_back_from_it(bench: Bench, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    remote.mkdir()
    bench.remotes = (remote,)
    stored = project(tmp_path, 1, remote=remote)
    ref = bench.train(stored, edits={"params.yaml": "lr: 0.3\n"})
    assert bench.api.done["reason"] == "", bench.api.text
    weights = hashlib.md5(b"weights 0.3", usedforsecurity=False).hexdigest()
    assert (remote / "files" / "md5" / weights[:2] / weights[2:]).read_text() == "weights 0.3"

    stored.git("merge", "--quiet", "--ff-only", stored.unpack(bench.api.files["bundle"], ref))
    shutil.rmtree(bench.home / "caches" / "1")  # another machine
    bench.train(stored, baseline_files=["loss.csv", "absent.csv"])
    assert tar(bench.api.files["baseline.tar"]) == {"loss.csv": "step,loss\n0,0.3\n"}
    assert bench.api.done["exit_code"] == 0


def test_without_a_script_the_files_of_the_commit_are_brought_and_nothing_is_trained(
    bench: Bench, tmp_path: Path
) -> None:
    remote = tmp_path / "remote"
    remote.mkdir()
    bench.remotes = (remote,)
    stored = project(tmp_path, 1, remote=remote)
    ref = bench.train(stored, edits={"params.yaml": "lr: 0.3\n"})
    stored.git("merge", "--quiet", "--ff-only", stored.unpack(bench.api.files["bundle"], ref))
    shutil.rmtree(bench.home / "caches" / "1")  # another machine
    bench.train(stored, script=[], edits={}, collect=[], baseline_files=["loss.csv"])
    assert bench.api.done["exit_code"] == 0, (bench.api.done, bench.api.text)
    assert set(bench.api.files) == {"baseline.tar"}
    assert tar(bench.api.files["baseline.tar"]) == {"loss.csv": "step,loss\n0,0.3\n"}
    assert "training with" not in bench.api.text


def test_a_remote_that_is_not_the_operators_is_said_and_fails_nothing(bench: Bench, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    bench.train(project(tmp_path, 1, remote=elsewhere), edits={"params.yaml": "lr: 0.4\n"})
    assert bench.api.done["exit_code"] == 0 and "bundle" in bench.api.files
    assert f"not pushed to the DVC remote: {elsewhere} is a folder" in bench.api.done["reason"]
    assert "LOCAL_REMOTES" in bench.api.done["reason"] and not elsewhere.exists()


def test_a_remote_that_does_not_answer_is_said_and_fails_nothing(bench: Bench, tmp_path: Path) -> None:
    away = project(tmp_path, 1)
    remote = "[core]\n    remote = web\n['remote \"web\"']\n    url = http://127.0.0.1:1/data\n"
    away.commit({".dvc/config": remote})
    bench.train(away, edits={"params.yaml": "lr: 0.5\n"})
    assert bench.api.done["exit_code"] == 0 and "bundle" in bench.api.files
    assert "was not pushed to the DVC remote, so others cannot pull it" in bench.api.done["reason"]


def test_a_dvc_that_is_too_old_is_named_before_anything_is_trained(bench: Bench, iris: Project) -> None:
    dvc = {"requirement": "dvc==3.67.1", "minimum": "4.2", "push": False}
    bench.train(iris, dvc=dvc)
    assert bench.api.done["exit_code"] != 0
    assert "DVC 3.67.1" in bench.api.done["reason"] and "`dvc>=4.2`" in bench.api.done["reason"]
    assert "training" not in bench.api.states


def test_packages_that_cannot_be_installed_are_a_reason_with_the_last_words_of_uv(bench: Bench, tmp_path: Path) -> None:
    broken = project(tmp_path, 1)
    broken.commit({"requirements.txt": "dvc==0.0.0.1\n"})
    bench.train(broken)
    assert bench.api.done["reason"].startswith("Installing requirements.txt ended so:")
    assert "dvc==0.0.0.1" in bench.api.done["reason"]


def test_a_script_of_ones_own_must_leave_the_experiment(bench: Bench, iris: Project) -> None:
    bench.train(iris, script="python train.py\necho trained without DVC\n")
    assert "trained without DVC" in bench.api.text
    assert bench.api.done["exit_code"] != 0
    assert "left no experiment at refs/exps/" in bench.api.done["reason"]


def test_a_bundle_over_the_limit_is_not_sent(bench: Bench, iris: Project) -> None:
    bench.train(iris, limits={"bundle": 100, "files": 1_000_000, "log": 1_000_000})
    assert bench.api.done["exit_code"] != 0 and "bundle" not in bench.api.files
    assert "at most 0.0 MB are taken" in bench.api.done["reason"]


def test_the_packed_agent_trains_as_the_folder_does(bench: Bench, iris: Project, tmp_path: Path) -> None:
    packed = tmp_path / "agent.pyz"
    packed.write_bytes(pack())
    bench.ask(iris)
    line = json.dumps({"url": bench.api.url, "run": "packed", "attempt": 1, "token": TOKEN})
    argv = [sys.executable, "-I", "-B", str(packed), "--home", str(bench.home)]
    subprocess.run(argv, input=line + "\n", text=True, check=True, timeout=120)
    assert bench.api.done["exit_code"] == 0 and "bundle" in bench.api.files


def test_a_killed_agent_takes_training_along_and_the_next_one_removes_its_tree(
    bench: Bench, iris: Project, tmp_path: Path
) -> None:
    mark = f"mark-{tmp_path}"
    bench.ask(project(tmp_path / "slow", 1, train=SLOW.format(mark=mark)))
    line = json.dumps({"url": bench.api.url, "run": "killed", "attempt": 1, "token": TOKEN})
    argv = [sys.executable, "-I", "-B", str(AGENT), "--home", str(bench.home)]
    agent = subprocess.Popen(argv, stdin=subprocess.PIPE, text=True)
    assert agent.stdin is not None
    agent.stdin.write(line + "\n")
    agent.stdin.close()
    bench.api.wait("begun")
    training = living(mark)
    agent.kill()
    agent.wait()
    for pid in training:
        gone(int(pid))
    assert (bench.home / "work" / "killed-1").exists()
    bench.train(iris)
    assert bench.api.done["exit_code"] == 0


def gone(pid: int) -> None:
    """Until the kernel has ended a process."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 30)[0], f"{pid} lives"
    finally:
        os.close(descriptor)
