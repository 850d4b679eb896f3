"""The agent trains on Git LFS content, fetched from the sandbox GitHub with a token that reads one repository."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import lfs
from tests.contracts.agent.agent_bench import PIPELINE, Bench, Project, project
from tests.contracts.agent.archives import tar
from tests.contracts.sandbox.sandbox_hub import Hub, running_hub

DATA = b"a,b\n1,2\n" + b"3,4\n" * 500
TRAIN = """
import json
rows = open("data.csv").read().splitlines()
json.dump({"accuracy": len(rows)}, open("metrics.json", "w"))
open("model.txt", "w").write("weights")
open("loss.csv", "w").write("step,loss\\n0,1\\n")
"""
READING = PIPELINE.replace("deps: [train.py]", "deps: [train.py, data.csv]")


@pytest.fixture(autouse=True)
def nothing_kept(agent_home: Path) -> None:
    """Delete what other tests fetched."""
    shutil.rmtree(agent_home / "lfs", ignore_errors=True)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path / "hub") as running:
        yield running


def pointer(oid: str, size: int) -> str:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n"


class Stored:
    """Publish a project in the sandbox whose data.csv is a pointer."""

    def __init__(self, hub: Hub, folder: Path, **files: str) -> None:
        self.hub, self.repository = hub, hub.bare.repository
        self.oid = lfs.store(self.repository, DATA)
        self.project: Project = project(folder, 3, train=TRAIN)
        self.project.commit({"data.csv": pointer(self.oid, len(DATA)), "dvc.yaml": READING, **files})
        self.publish()

    def publish(self) -> None:
        self.project.git(
            "push", "--no-verify", "--quiet", "--force", str(self.repository.folder), "HEAD:refs/heads/lfs"
        )

    def train(self, machine: Bench, needed: bool = True, **changes: Any) -> str:
        token = self.hub.token(permissions={"contents": "read"}, repository_ids=[self.repository.id])
        told = {"path": "data.csv", "oid": self.oid, "size": len(DATA), "needed": needed}
        ref = machine.train(
            self.project, **({"clone_url": self.hub.address(), "clone_token": token, "lfs": [told]} | changes)
        )
        assert token.encode() not in machine.api.sent
        return ref


def accuracy(machine: Bench) -> object:
    assert machine.api.done["reason"] == "", machine.api.text
    return json.loads(tar(machine.api.files["experiment.tar"])["metrics.json"])["accuracy"]


@pytest.mark.parametrize("attributes", ["*.csv filter=lfs diff=lfs merge=lfs -text\n", ""], ids=["attributes", "plain"])
def test_training_reads_the_content_and_the_commit_keeps_the_pointer(
    machine: Bench, hub: Hub, tmp_path: Path, attributes: str
) -> None:
    stored = Stored(hub, tmp_path, **({".gitattributes": attributes} if attributes else {}))
    ref = stored.train(machine)
    assert accuracy(machine) == 502, "rows of the data, not of a pointer"
    assert "Fetching 1 file of Git LFS" in machine.api.text
    commit = stored.project.unpack(machine.api.files["bundle"], ref)
    changed = stored.project.git("diff", "--name-only", stored.project.sha, commit).split()
    assert changed == ["dvc.lock", "metrics.json", "params.yaml"]
    assert len(machine.api.files["bundle"]) < len(DATA), "the content is not in what comes home"


def test_training_without_dvc_reads_the_content_too(machine: Bench, hub: Hub, tmp_path: Path) -> None:
    stored = Stored(hub, tmp_path)
    script = ["python3", "train.py"]
    refs = f"refs/studio/exps/{stored.project.sha[:2]}/{stored.project.sha[2:]}/puffy-daks"
    plain: dict[str, Any] = {
        "dvc": None,
        "script": script,
        "ref": refs,
        "results": ["metrics.json", "model.txt", "loss.csv"],
    }
    ref = stored.train(machine, **plain, collect=[])
    assert machine.api.done["reason"] == "", machine.api.text
    commit = stored.project.unpack(machine.api.files["bundle"], ref)
    assert json.loads(stored.project.git("show", f"{commit}:metrics.json")) == {"accuracy": 502}
    assert stored.project.git("show", f"{commit}:data.csv") == pointer(stored.oid, len(DATA)).strip()


def test_fetched_content_is_verified_and_not_fetched_again(
    machine: Bench, hub: Hub, tmp_path: Path, agent_home: Path
) -> None:
    stored = Stored(hub, tmp_path)
    stored.train(machine)
    shutil.rmtree(stored.repository.folder / "lfs")
    stored.train(machine, edits={"params.yaml": "lr: 0.02\n"})
    assert accuracy(machine) == 502 and "of Git LFS" not in machine.api.text
    kept = agent_home / "lfs" / str(stored.project.number) / stored.oid
    kept.write_bytes(DATA[:-2] + b"9\n")
    stored.train(machine, edits={"params.yaml": "lr: 0.03\n"})
    assert machine.api.done["reason"] == "`data.csv` of Git LFS was damaged on this machine; try again."
    assert not kept.exists()


def test_a_file_that_a_stage_writes_over_a_pointer_is_returned_as_it_is(
    machine: Bench, hub: Hub, tmp_path: Path
) -> None:
    """The bot decides about it."""
    stored = Stored(hub, tmp_path)
    stored.project.commit({"train.py": f'{TRAIN}\nopen("data.csv", "a").write("5,6\\n")\n'})
    stored.publish()
    ref = stored.train(machine)
    assert machine.api.done["reason"] == "", machine.api.text
    commit = stored.project.unpack(machine.api.files["bundle"], ref)
    assert "data.csv" in stored.project.git("diff", "--name-only", stored.project.sha, commit).split()


@pytest.mark.parametrize("needed", [True, False])
def test_content_that_the_host_lacks_is_reported(machine: Bench, hub: Hub, tmp_path: Path, needed: bool) -> None:
    stored = Stored(hub, tmp_path)
    shutil.rmtree(stored.repository.folder / "lfs")
    stored.train(machine, needed)
    said = "`data.csv` of Git LFS could not be fetched: the host says 'Object does not exist on the server'."
    assert said in (machine.api.done["reason"] if needed else machine.api.text)
    assert (machine.api.done["exit_code"] == 0) is not needed


def test_a_commit_cannot_set_the_address_of_git_lfs(machine: Bench, hub: Hub, tmp_path: Path) -> None:
    nowhere = "[lfs]\n    url = http://127.0.0.1:1/evil\n    fetchexclude = data.csv\n"
    stored = Stored(hub, tmp_path, **{".lfsconfig": nowhere})
    stored.train(machine)
    assert accuracy(machine) == 502


@pytest.mark.parametrize("path", ["../data.csv", "train.py", "way/data.csv", ".git/config", "nowhere.csv"])
def test_content_is_written_only_in_the_place_of_its_pointer(
    machine: Bench, hub: Hub, tmp_path: Path, path: str
) -> None:
    stored = Stored(hub, tmp_path)
    (stored.project.folder / "way").symlink_to(".")
    stored.project.commit({})
    stored.publish()
    told = {"path": path, "oid": stored.oid, "size": len(DATA), "needed": True}
    stored.train(machine, lfs=[told])
    assert machine.api.done["reason"].endswith("is no pointer of Git LFS to what is asked for; nothing is put there.")
