"""A real repository with two DVC projects: read by the real DVC, trained by the real agent."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from experiments.snapshot import Param, Reading, Snapshot
from tests.contracts.agent.agent_bench import Bench, Project
from tests.contracts.agent.archives import tar
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench, md5
from tests.contracts.snapshots.test_snapshots import metric
from tests.contracts.snapshots.test_snapshots_hostile import problem

SHARED = "def score(lr):\n    return 1 - lr\n"
TRAIN = """
import json, sys
sys.path.insert(0, "..")
from shared.scoring import score
lr = float(open("params.yaml").read().split("lr:")[1].split()[0])
print(f"training with lr={lr}", flush=True)
json.dump({"accuracy": score(lr)}, open("metrics.json", "w"))
open("model.txt", "w").write(f"weights {lr}")
"""
PIPELINE = """
stages:
  train:
    cmd: python -B train.py
    deps: [train.py, ../shared/scoring.py]
    params: [lr]
    outs: [model.txt]
    metrics: [metrics.json: {cache: false}]
"""


def files(remote: Path | None = None) -> dict[str, str]:
    """Return `vision` and `speech`, which share a module, and a requirements.txt at the root."""
    found = {"shared/scoring.py": SHARED, "requirements.txt": ""}
    remotes = f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {remote}\n" if remote else ""
    for folder in ("vision", "speech"):
        found |= {
            f"{folder}/.dvc/config": remotes,
            f"{folder}/.dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
            f"{folder}/.gitignore": "/model.txt\n",
            f"{folder}/dvc.yaml": PIPELINE,
            f"{folder}/params.yaml": "lr: 0.1\n",
            f"{folder}/train.py": TRAIN,
        }
    return found


def lock() -> str:
    """Return the dvc.lock of a trained project."""
    hashes = {"../shared/scoring.py": md5(SHARED), "train.py": md5(TRAIN)}
    deps = "".join(f"    - {{path: {path}, hash: md5, md5: {value}}}\n" for path, value in hashes.items())
    return (
        f"schema: '2.0'\nstages:\n  train:\n    cmd: python -B train.py\n    deps:\n{deps}"
        "    params: {params.yaml: {lr: 0.1}}\n    outs:\n"
        f"    - {{path: metrics.json, hash: md5, md5: {md5('{}')}}}\n"
        f"    - {{path: model.txt, hash: md5, md5: {md5('w')}}}\n"
    )


class TestSnapshots:
    """What a project's snapshot contains."""

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Workbench:
        return Workbench(tmp_path)

    def take(self, repository: Workbench, project: str, more: Mapping[str, str] = {}) -> Snapshot:
        sha = repository.commit({**files(), "vision/dvc.lock": lock(), "vision/metrics.json": "{}", **more})
        return repository.snapshots.take(REPOSITORY, sha, project, NOTHING)

    def test_paths_are_from_the_projects_folder(self, repository: Workbench) -> None:
        vision = self.take(repository, "vision")
        assert vision.project == "vision" and vision.problems == ()
        assert vision.params == (Param("params.yaml", "lr", 0.1, ("train",)),)
        assert [stage.name for stage in vision.stages] == ["train"]
        assert metric(vision, "metrics.json").reading is Reading.READ
        assert set(vision.outputs) == {"metrics.json", "model.txt", ".gitignore", "dvc.lock"}
        assert vision.stale == ()
        assert vision.requires == "../requirements.txt"
        assert [each.path for each in vision.data] == ["model.txt"], "code beside the project is in Git"

    def test_projects_of_a_commit_are_kept_apart(self, repository: Workbench) -> None:
        vision = self.take(repository, "vision")
        speech = repository.snapshots.take(REPOSITORY, vision.sha, "speech", NOTHING)
        assert (speech.stale, speech.never_run) == ((), ("train",))
        again = repository.snapshots.take(REPOSITORY, vision.sha, "vision", NOTHING), repository.mirror.checkouts
        assert again == (vision, 2)

    def test_a_change_of_shared_code_makes_it_stale(self, repository: Workbench) -> None:
        self.take(repository, "vision")
        sha = repository.commit({"shared/scoring.py": SHARED.replace("1 - lr", "2 - lr")})
        assert repository.snapshots.take(REPOSITORY, sha, "vision", NOTHING).stale == ("../shared/scoring.py",)

    def test_data_outside_the_project_is_not_its_own(self, repository: Workbench) -> None:
        pipeline = PIPELINE.replace("params: [lr]", "params: [lr, ../speech/params.yaml: [lr]]")
        more = {"vision/dvc.yaml": f"{pipeline}metrics: [../speech/m.json]\n"}
        snapshot = self.take(repository, "vision", more)
        assert snapshot.param_files == ("params.yaml",)
        assert problem(snapshot, "train", "outside the project", "../speech/params.yaml")
        assert problem(snapshot, "metric file outside the project", "../speech/m.json")
        assert all(not path.startswith("..") for path in snapshot.outputs)

    def test_an_outer_project_does_not_include_the_folder_of_an_inner_one(self, repository: Workbench) -> None:
        stage = "stages:\n  s:\n    cmd: a\n    outs: [vision/model.txt, own.txt]\n    metrics: [vision/metrics.json]\n"
        root = self.take(repository, "", {".dvc/config": "", "dvc.yaml": stage})
        assert set(root.outputs) == {"own.txt", ".gitignore", "dvc.lock"}
        assert root.metrics == ()

    def test_where_the_root_has_no_project_those_below_are_named(self, repository: Workbench) -> None:
        root = self.take(repository, "", {"models/a b/.dvc/config": "", "models/it's/.dvc/config": ""})
        assert not root.has_dvc
        assert root.elsewhere == ("models/a b", "speech", "vision"), "a quote is no name for a project"


@pytest.fixture
def monorepo(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project", 31)
    made.folder.mkdir()
    made.git("init", "--quiet")
    (tmp_path / "store").mkdir()
    made.commit(files(tmp_path / "store"))
    return made


def test_each_project_trains_in_its_folder_and_reaches_the_remote(machine: Bench, monorepo: Project) -> None:
    store = monorepo.folder.parent / "store"
    machine.remotes = (store,)
    asked = {"edits": {"params.yaml": "lr: 0.01\n"}, "collect": ["metrics.json"]}
    for folder, other in (("vision", "speech"), ("speech", "vision")):
        ref = machine.train(monorepo, project=folder, **asked)
        assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
        assert machine.api.done["reason"] == ""
        commit = monorepo.unpack(machine.api.files["bundle"], ref)
        changed = monorepo.git("diff", "--name-only", monorepo.sha, commit).split()
        assert changed == [f"{folder}/{name}" for name in ("dvc.lock", "metrics.json", "params.yaml")]
        assert json.loads(tar(machine.api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 0.99}
        assert "lr: 0.1\n" in monorepo.git("show", f"{commit}:{other}/params.yaml") + "\n"
        model = store / "files" / "md5" / md5("weights 0.01")[:2] / md5("weights 0.01")[2:]
        assert model.read_text() == "weights 0.01"


def test_data_that_only_the_remote_has_is_fetched_for_its_project(machine: Bench, monorepo: Project) -> None:
    store = monorepo.folder.parent / "store"
    machine.remotes = (store,)
    ref = machine.train(monorepo, project="vision", edits={"params.yaml": "lr: 0.04\n"}, collect=["metrics.json"])
    monorepo.git("merge", "--quiet", "--ff-only", monorepo.unpack(machine.api.files["bundle"], ref))
    machine.train(monorepo, project="vision", script=[], edits={}, collect=[], baseline_files=["model.txt"])
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert tar(machine.api.files["baseline.tar"]) == {"model.txt": "weights 0.04"}, machine.api.text


def test_a_project_that_the_commit_lacks_ends_with_a_sentence(machine: Bench, monorepo: Project) -> None:
    machine.train(monorepo, project="vison")
    assert machine.api.done["exit_code"] != 0
    assert "There is no folder 'vison' in this commit" in machine.api.done["reason"]
