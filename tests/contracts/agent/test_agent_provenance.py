"""What made the results of a run, as a real DVC tells the agent and as the files show."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.agent.agent_bench import Bench, Project, project
from tests.contracts.agent.archives import tar

NUMBER = 60  # one environment for all tests: only the files of the projects differ
LIVE = """
import json, os
lr = float(open("params.yaml").read().split("lr:")[1].split()[0])
os.makedirs("dvclive", exist_ok=True)
json.dump({"loss": 3 * lr}, open("dvclive/metrics.json", "w"))
open("model.txt", "w").write(f"weights {lr}")
"""
LIVE_PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    outs: [model.txt]
metrics: [dvclive/metrics.json]
"""
TWO = """
stages:
  prepare:
    cmd: cp raw.txt clean.txt
    deps: [raw.txt]
    outs: [clean.txt]
  train:
    cmd: python train.py
    deps: [train.py, clean.txt]
    params: [lr]
    outs: [model.txt]
    metrics: [metrics.json: {cache: false}]
"""
METRIC = """
import json
lr = float(open("params.yaml").read().split("lr:")[1].split()[0])
json.dump({"accuracy": 1 - lr}, open("metrics.json", "w"))
open("model.txt", "w").write(f"weights {lr}")
"""


def made(machine: Bench) -> Any:
    """Return what the agent reported about the results."""
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    return machine.api.done["provenance"]


def lr(value: float) -> dict[str, str]:
    return {"params.yaml": f"lr: {value}\n"}


@pytest.fixture
def live(tmp_path: Path) -> Project:
    """Its metric is declared at the top level, as by DVCLive, and is no output of the stage."""
    made = project(tmp_path, NUMBER, train=LIVE)
    made.commit({"dvc.yaml": LIVE_PIPELINE, "dvclive/metrics.json": '{"loss": 0.15}'})
    return made


@pytest.fixture
def two(tmp_path: Path) -> Project:
    made = project(tmp_path, NUMBER, train=METRIC)
    made.commit({"dvc.yaml": TWO, "raw.txt": f"{tmp_path}\n", ".gitignore": "/model.txt\n/clean.txt\n"})
    return made


def test_stages_are_executed_then_restored_from_the_run_cache(machine: Bench, two: Project) -> None:
    asked = {"collect": ["metrics.json"], "edits": lr(0.01)}
    machine.train(two, **asked)
    assert made(machine) == {
        "known": True,
        "executed": ["prepare", "train"],
        "restored": [],
        "skipped": [],
        "failed": [],
        "written": {"metrics.json": "train"},
    }
    machine.train(two, **asked)
    assert made(machine)["executed"] == [] and made(machine)["written"] == {}
    assert made(machine)["restored"] == ["prepare", "train"]
    assert json.loads(tar(machine.api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 0.99}
    machine.train(two, **asked | {"edits": lr(0.02)})
    assert (made(machine)["executed"], made(machine)["restored"]) == (["train"], ["prepare"])


def test_a_metric_whose_path_contains_a_parameter_is_returned(machine: Bench, tmp_path: Path) -> None:
    templated = project(
        tmp_path,
        NUMBER,
        train=METRIC.replace('"metrics.json"', '"out/" + name + "/m.json"').replace(
            "import json\n",
            "import json, os, yaml\nname = yaml.safe_load(open('params.yaml'))['name']\n"
            "os.makedirs('out/' + name, exist_ok=True)\n",
        ),
    )
    pipeline = TWO.replace("metrics.json: {cache: false}", '"out/${name}/m.json"').replace(
        "params: [lr]", "params: [lr, name]"
    )
    templated.commit(
        {
            "dvc.yaml": pipeline,
            "params.yaml": "lr: 0.1\nname: a\n",
            "raw.txt": f"{tmp_path}\n",
            ".gitignore": "/model.txt\n/clean.txt\n",
        }
    )
    machine.train(templated, collect=["out/a/m.json"], edits={"params.yaml": "lr: 0.01\nname: b\n"})
    assert made(machine)["written"] == {"out/b/m.json": "train"}
    assert json.loads(tar(machine.api.files["experiment.tar"])["out/b/m.json"]) == {"accuracy": 0.99}


def test_where_no_stage_reads_the_changed_parameter_every_stage_is_skipped(machine: Bench, two: Project) -> None:
    two.commit({"params.yaml": "lr: 0.1\ndepth: 2\n"})
    ref = machine.train(two, collect=["metrics.json"], edits={})
    two.git("merge", "--quiet", two.unpack(machine.api.files["bundle"], ref))
    machine.train(two, collect=["metrics.json"], edits={"params.yaml": "lr: 0.1\ndepth: 8\n"})
    assert made(machine)["skipped"] == ["prepare", "train"]
    assert made(machine)["known"] and not made(machine)["executed"] and not made(machine)["restored"]


def test_a_metric_that_is_no_output_stays_as_in_the_head_where_its_stage_is_restored(
    machine: Bench, live: Project
) -> None:
    asked = {"collect": ["dvclive/metrics.json"], "edits": lr(0.2)}
    machine.train(live, **asked)
    assert made(machine)["written"] == {"dvclive/metrics.json": "train"}
    machine.train(live, **asked)
    assert json.loads(tar(machine.api.files["experiment.tar"])["dvclive/metrics.json"]) == {"loss": 0.15}
    assert made(machine)["restored"] == ["train"]
    assert made(machine)["written"] == {}, "nothing of this run made that number"


def test_without_the_run_cache_each_run_has_its_own_number(machine: Bench, live: Project) -> None:
    for value in (0.4, 0.5, 0.4):
        machine.train(live, collect=["dvclive/metrics.json"], edits=lr(value), anew=True)
        assert json.loads(tar(machine.api.files["experiment.tar"])["dvclive/metrics.json"]) == {"loss": 3 * value}
        assert made(machine)["executed"] == ["train"]
    machine.train(live, collect=["dvclive/metrics.json"], edits=lr(0.4))
    assert made(machine)["executed"] == ["train"], "what answers for no run is no answer for a later one"


def test_a_custom_script_is_traced_too(machine: Bench, two: Project) -> None:
    script = "dvc exp run --name puffy-daks --message Ours\n"
    machine.train(two, collect=["metrics.json"], script=script, edits=lr(0.3))
    assert made(machine)["executed"] == ["prepare", "train"]
    assert made(machine)["written"] == {"metrics.json": "train"}


def test_files_that_the_script_wrote_and_that_it_only_fetched_are_distinguished(machine: Bench, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    remote.mkdir()
    stored = project(tmp_path, NUMBER, remote=remote)
    machine.remotes = (remote,)
    ref = machine.train(stored)
    stored.git("merge", "--quiet", stored.unpack(machine.api.files["bundle"], ref))
    script = "dvc pull\necho '{\"accuracy\": 0.5}' > metrics.json\ndvc commit --force\n"
    script += "dvc exp save --force --name puffy-daks\n"
    machine.train(stored, script=script, edits={})
    assert made(machine)["written"] == {"metrics.json": ""}, "loss.csv came from the remote"


def test_a_stage_that_leaves_its_persistent_metric_alone_did_not_make_it(machine: Bench, tmp_path: Path) -> None:
    train = "import os\nif not os.path.exists('history.json'):\n    open('history.json', 'w').write('{\"n\": 1}')\n"
    kept = project(tmp_path, NUMBER, train=train)
    pipeline = "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py]\n    params: [lr]\n"
    pipeline += "    metrics: [history.json: {cache: false, persist: true}]\n"
    kept.commit({"dvc.yaml": pipeline, "history.json": '{"n": 9}'})
    machine.train(kept, collect=["history.json"])
    assert made(machine)["executed"] == ["train"] and made(machine)["written"] == {}


def test_the_last_stage_that_wrote_a_file_made_it(machine: Bench, tmp_path: Path) -> None:
    pipeline = """
stages:
  train:
    cmd: echo '{"a":' $(cut -c4- params.yaml) '}' > metrics.json && echo 1 > model.txt
    params: [lr]
    metrics: [metrics.json: {cache: false}]
    outs: [model.txt]
  evaluate:
    cmd: echo '{"a":9}' > metrics.json && echo 2 > done.txt
    deps: [model.txt]
    params: [lr]
    outs: [done.txt]
"""
    both = project(tmp_path, NUMBER)
    both.commit({"dvc.yaml": pipeline, ".gitignore": "/model.txt\n/done.txt\n"})
    machine.train(both, collect=["metrics.json"], edits=lr(0.4))
    assert made(machine)["executed"] == ["train", "evaluate"]
    assert made(machine)["written"] == {"metrics.json": "evaluate"}


def test_stages_of_foreach_folders_and_frozen_stages_have_the_names_that_dvc_gives(
    machine: Bench, tmp_path: Path
) -> None:
    pipeline = """
stages:
  fold:
    foreach: [a, b]
    do:
      cmd: echo ${item} > ${item}.txt
      params: [lr]
      outs: [{"${item}.txt": {cache: false}}]
  old:
    cmd: echo old > old.txt
    frozen: true
    params: [lr]
    outs: [old.txt: {cache: false}]
"""
    inner = "stages:\n  deep:\n    cmd: echo deep > deep.txt\n    params: [../params.yaml:lr]\n"
    inner = inner.replace("[../params.yaml:lr]", "\n      - ../params.yaml: [lr]")
    inner += "    outs: [deep.txt: {cache: false}]\n"
    many = project(tmp_path, NUMBER)
    many.commit({"dvc.yaml": pipeline, "sub/dvc.yaml": inner, "old.txt": "kept\n"})
    script = "dvc exp run --all-pipelines --name puffy-daks --message Ours\n"
    machine.train(many, collect=["metrics.json"], script=script)
    assert sorted(made(machine)["executed"]) == ["fold@a", "fold@b", "sub/dvc.yaml:deep"]
    assert made(machine)["skipped"] == ["old"]


@pytest.mark.parametrize("forged", ["echo '{}' >> ", "echo '[' >> ", "mkdir ", "ln -sf /etc/passwd "])
def test_forged_events_are_not_believed(machine: Bench, tmp_path: Path, forged: str) -> None:
    pipeline = f"stages:\n  train:\n    cmd: {forged}../notes/events && echo 1 > model.txt\n    params: [lr]\n"
    pipeline += "    outs: [model.txt]\n"
    hostile = project(tmp_path, NUMBER)
    hostile.commit({"dvc.yaml": pipeline})
    machine.train(hostile, collect=["metrics.json"])
    assert made(machine)["known"] is False


def test_a_dvc_with_other_internals_trains_and_its_provenance_is_unknown(machine: Bench, two: Project) -> None:
    two.commit({"sitecustomize.py": "", "other/sitecustomize.py": "import dvc.stage.run as r\ndel r.cmd_run\n"})
    script = "dvc exp run --name puffy-daks --message Ours\nPYTHONPATH=other dvc version > /dev/null\n"
    machine.train(two, collect=["metrics.json"], script=script, edits=lr(0.6))
    assert made(machine)["known"] is False


def test_the_traced_dvc_behaves_like_dvc_in_everything_else(machine: Bench, two: Project) -> None:
    script = "dvc nonsense || echo code $?\ndvc version | head -1\ndvc exp run -q --name puffy-daks\nwhich dvc\n"
    machine.train(two, collect=["metrics.json"], script=script, edits=lr(0.5))
    assert "code 254" in machine.api.text and "DVC version: 3." in machine.api.text
    assert made(machine)["executed"] == ["prepare", "train"]
    assert sys.prefix not in machine.api.text
