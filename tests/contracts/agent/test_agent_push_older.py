"""A push by a run that did not make all that its commit names: real agent, real DVC."""

import json
from pathlib import Path

import pytest

from tests.contracts.agent.agent_bench import Bench, Project, digest, project, put

pytestmark = pytest.mark.timeout(600)  # a dozen DVC processes

FILES = {"a": b"1\n", "b": b"2\n"}
LIST = json.dumps([{"md5": digest(content), "relpath": name} for name, content in FILES.items()]).encode()
PREPARED = b"3\n"
PREPARE = "python prepare.py"
PIPELINE = f"""stages:
  prepare:
    cmd: {PREPARE}
    deps: [prepare.py, raw]
    outs: [prepared.txt]
  train:
    cmd: python train.py
    deps: [train.py, prepared.txt]
    params: [lr]
    metrics: [metrics.json: {{cache: false}}]
    outs: [model.txt]
"""
SCRIPT = b"open('prepared.txt', 'w').write('3\\n')\n"
TRAIN = """
lr = open("params.yaml").read().split()[1]
open("model.txt", "w").write(f"weights {lr} " + open("prepared.txt").read())
open("metrics.json", "w").write('{"accuracy": 0.5}')
"""
LOCK = f"""schema: '2.0'
stages:
  prepare:
    cmd: {PREPARE}
    deps:
    - path: prepare.py
      hash: md5
      md5: {digest(SCRIPT)}
      size: {len(SCRIPT)}
    - path: raw
      hash: md5
      md5: {digest(LIST)}.dir
      size: 4
      nfiles: 2
    outs:
    - path: prepared.txt
      hash: md5
      md5: {digest(PREPARED)}
      size: 2
"""


def listed(remote: Path) -> Path:
    """Return the path of the list of the folder `raw`."""
    return remote / "files" / "md5" / digest(LIST)[:2] / f"{digest(LIST)[2:]}.dir"


@pytest.fixture
def remote(machine: Bench, tmp_path: Path) -> Path:
    """Return a remote with everything that the project read and made before."""
    folder = tmp_path / "remote"
    for content in (*FILES.values(), PREPARED):
        put(folder, content)
    listed(folder).parent.mkdir(parents=True, exist_ok=True)
    listed(folder).write_bytes(LIST)
    machine.remotes = (folder,)
    return folder


@pytest.fixture
def asked(tmp_path: Path, remote: Path) -> Project:
    """Let only the second stage run, so that nothing fetches the folder."""
    made = project(tmp_path, 1, train=TRAIN, remote=remote)
    made.commit(
        {
            ".gitignore": "/model.txt\n/prepared.txt\n/raw\n",
            "dvc.yaml": PIPELINE,
            "dvc.lock": LOCK,
            "prepare.py": SCRIPT.decode(),
            "raw.dvc": f"outs:\n- md5: {digest(LIST)}.dir\n  size: 4\n  nfiles: 2\n  hash: md5\n  path: raw\n",
        }
    )
    return made


def train(machine: Bench, asked: Project, rate: str) -> dict[str, object]:
    """Run the second stage alone, and return what is reported about its data."""
    machine.train(asked, edits={"params.yaml": f"lr: {rate}\n"})
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert machine.api.done["provenance"]["executed"] == ["train"], machine.api.done
    return dict(machine.api.done["delivered"])


def place(remote: Path, content: bytes) -> Path:
    return remote / "files" / "md5" / digest(content)[:2] / digest(content)[2:]


def test_a_folder_that_was_not_fetched_does_not_prevent_the_push(machine: Bench, remote: Path, asked: Project) -> None:
    assert train(machine, asked, "0.71") == {"data": "pushed", "remote": "storage", "cause": "", "lost": False}
    assert place(remote, b"weights 0.71 3\n").exists()


@pytest.mark.parametrize("gone", ["a file of the folder", "its list"])
def test_data_that_was_missing_before_is_no_failure_of_the_run(
    machine: Bench, remote: Path, asked: Project, gone: str
) -> None:
    lost, rate = (listed(remote), "0.72") if gone == "its list" else (place(remote, b"1\n"), "0.73")
    lost.unlink()
    delivered = train(machine, asked, rate)
    assert (delivered["data"], delivered["lost"]) == ("pushed", False)
    assert "that the project had before this run is in no place that was looked at" in str(delivered["cause"])
    assert place(remote, f"weights {rate} 3\n".encode()).exists()


def test_a_machine_that_keeps_nothing_finds_known_results_in_the_remote(
    machine: Bench, remote: Path, asked: Project, tmp_path: Path
) -> None:
    ref = machine.train(asked, edits={"params.yaml": "lr: 0.74\n"})
    asked.git("checkout", "--quiet", asked.unpack(machine.api.files["bundle"], ref))
    assert place(remote, b"weights 0.74 3\n").exists()
    machine.home = tmp_path / "another"
    machine.train(asked, edits={})
    assert machine.api.done["provenance"]["executed"] == [], machine.api.done
    assert machine.api.done["delivered"] == {"data": "pushed", "remote": "storage", "cause": "", "lost": False}
