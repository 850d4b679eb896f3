"""The bench's own arithmetic: what it claims of what it measured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import trials, wheels
from bench.cpu import of_children, spent
from bench.experiments import by_value
from bench.sweep import overlap
from bench.waiting import high
from experiments.run import Run
from tests.units.sample_run import RUN, changed

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def trained(*times: tuple[float, float]) -> list[Run]:
    """Return runs that trained from one time to another."""
    return [changed(RUN, started=begin, trained=end) for begin, end in times]


def test_two_runs_overlap_only_where_one_began_before_another_ended() -> None:
    assert overlap(trained((5.0, 6.0), (1.0, 3.0), (2.0, 4.0)))
    assert not overlap(trained((5.0, 6.0), (1.0, 3.0), (3.0, 4.0)))


@pytest.mark.parametrize(("count", "found"), [(1, 1.0), (19, 19.0), (20, 19.0), (100, 95.0)])
def test_95_of_100_values_are_no_higher(count: int, found: float) -> None:
    assert high([float(number) for number in range(count, 0, -1)]) == found


def test_what_a_living_process_started_counts_once_it_has_ended() -> None:
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert spent([child.pid]) - of_children() >= 0.3
        child.communicate(b"\n")
    assert of_children() >= 0.3, "it has ended, and so counts here"
    assert spent([child.pid]) == of_children()


def test_made_experiments_have_the_parameters_and_results_that_their_lock_names(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    who = {f"GIT_{role}_{part}": "ada@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=tmp_path, env=env | who, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    lock = "      train.lr: 0.5\n    outs:\n    - path: metrics.json\n      hash: md5\n      md5: 0a\n      size: 3\n"
    for name in ("params.yaml", "metrics.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "dvc.lock").write_text(lock)
    git("add", "--all")
    git("commit", "--quiet", "--message", "Begin")
    head = git("rev-parse", "HEAD")
    for count in (3, 2):  # the second call takes the place of the first
        assert trials.make(tmp_path, count, 1.0, env) == [f"trial-1-{number:04d}" for number in range(count)]
    found = by_value(tmp_path, trials.KEPT, "train.lr", env)
    assert found == {"1.0": {"accuracy": 0.5}, "1.0001": {"accuracy": pytest.approx(1 / 2.0001)}}
    ref = f"{trials.KEPT}{head[:2]}/{head[2:]}/trial-1-0001"
    text = git("show", f"{ref}:metrics.json") + "\n"
    digest = subprocess.run(["md5sum"], input=text, text=True, check=True, capture_output=True).stdout.split()[0]
    assert (
        f"train.lr: 1.0001\n    outs:\n    - path: metrics.json\n      hash: md5\n      md5: {digest}\n"
        in git("show", f"{ref}:dvc.lock") + "\n"
    )
    assert git("rev-parse", f"{ref}^") == head


def test_wheels_are_named_with_their_versions_and_no_index(tmp_path: Path) -> None:
    lines = wheels.make(tmp_path / "wheels").splitlines()
    assert lines[:2] == ["--no-index", f"--find-links {tmp_path / 'wheels'}"]
    assert len(lines) - 2 == wheels.COUNT == len(list((tmp_path / "wheels").glob("*.whl")))
