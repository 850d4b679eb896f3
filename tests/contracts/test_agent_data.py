"""Training with another version of the data: the real DVC fetches it, and the commit says so."""

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
OLD, NEW = b"seven rows", b"eight rows and more"


@pytest.fixture
def bench(agent_home: Path) -> Iterator[Bench]:
    api = RunsApi()
    yield Bench(agent_home, api)
    api.close()


def digest(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def tracked(content: bytes) -> str:
    return f"outs:\n- md5: {digest(content)}\n  size: {len(content)}\n  hash: md5\n  path: data.csv\n"


def stored(folder: Path, number: int, remote: Path | None) -> Project:
    made = project(folder, number, train=READING, remote=remote)
    pipeline = (made.folder / "dvc.yaml").read_text().replace("deps: [train.py]", "deps: [train.py, data.csv]")
    ignored = "/model.txt\n/loss.csv\n/data.csv\n"
    made.commit({"dvc.yaml": pipeline, "data.csv.dvc": tracked(NEW), ".gitignore": ignored})
    return made


def put(objects: Path, content: bytes) -> None:
    name = digest(content)
    place = objects / "files" / "md5" / name[:2] / name[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


@pytest.mark.parametrize("where", ["the DVC remote", "what is kept on the machine"])
def test_the_chosen_version_is_what_is_trained_with(bench: Bench, tmp_path: Path, where: str) -> None:
    number = 81 if where == "the DVC remote" else 82
    remote = tmp_path / "remote" if number == 81 else None
    for content in (OLD, NEW):
        put(remote or bench.home / "caches" / str(number), content)
    bench.remotes = (remote,) if remote else ()
    asked = stored(tmp_path, number, remote)
    ref = bench.train(asked, edits={"data.csv.dvc": tracked(OLD), "params.yaml": "lr: 0.01  # the rate\n"})
    assert bench.api.done["exit_code"] == 0, bench.api.text
    assert "training on seven rows" in bench.api.text
    commit = asked.unpack(bench.api.files["bundle"], ref)
    assert asked.git("show", f"{commit}:data.csv.dvc") + "\n" == tracked(OLD)
    assert digest(OLD) in asked.git("show", f"{commit}:dvc.lock")
