"""A repeat is trained, whatever was trained before: no run cache answers, here or in the DVC remote."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.agent_bench import Bench, Project, RunsApi, project

READING = """
print("training on", open("data.csv").read(), flush=True)
open("metrics.json", "w").write('{"accuracy": 0.5}')
open("model.txt", "w").write("weights")
open("loss.csv", "w").write("step,loss\\n0,1\\n")
"""
DATA = b"seven rows"
DIGEST = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
SCRIPT = ["dvc", "exp", "run", "--allow-missing", "--name", "puffy-daks", "--message=Set lr=0.01"]


@pytest.fixture
def bench(agent_home: Path) -> Iterator[Bench]:
    api = RunsApi()
    yield Bench(agent_home, api)
    api.close()


@pytest.fixture
def stored(bench: Bench, tmp_path: Path) -> Project:
    """Its data is in the DVC remote only."""
    remote = tmp_path / "remote"
    place = remote / "files" / "md5" / DIGEST[:2] / DIGEST[2:]
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA)
    bench.remotes = (remote,)
    made = project(tmp_path, 77, train=READING, remote=remote)
    pipeline = (made.folder / "dvc.yaml").read_text().replace("deps: [train.py]", "deps: [train.py, data.csv]")
    outs = f"outs:\n- md5: {DIGEST}\n  size: {len(DATA)}\n  hash: md5\n  path: data.csv\n"
    made.commit({"dvc.yaml": pipeline, "data.csv.dvc": outs, ".gitignore": "/model.txt\n/loss.csv\n/data.csv\n"})
    return made


def test_what_was_trained_before_answers_for_no_repeat(bench: Bench, stored: Project) -> None:
    bench.train(stored)
    assert "training on seven rows" in bench.api.text
    bench.train(stored)
    assert "is cached - skipping run" in bench.api.text, "what a repeat must not be answered with"
    (bench.home / "caches" / "77" / "files" / "md5" / DIGEST[:2] / DIGEST[2:]).unlink()
    bench.train(stored, script=SCRIPT, data_first=["data.csv"])
    assert bench.api.done["exit_code"] == 0, bench.api.text
    assert "training on seven rows" in bench.api.text and "is cached" not in bench.api.text


def test_by_force_data_of_the_remote_is_fetched_all_the_same(bench: Bench, stored: Project) -> None:
    script = [*SCRIPT[:3], "--pull", *SCRIPT[3:], "--force"]
    bench.train(stored, script=script, data_first=["data.csv", "absent.csv"])
    assert bench.api.done["exit_code"] == 0, bench.api.text
    assert "training on seven rows" in bench.api.text
