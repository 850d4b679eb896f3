"""Parameter files that training writes are distinguished from those that it reads."""

from pathlib import Path

import pytest

from experiments.overrides import plan
from experiments.snapshot import Param
from tests.contracts.snapshots.snapshot_projects import Files, Workbench

STAGE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    outs: [model.bin]
"""
TOP = "params: [dvclive/params.yaml]\nmetrics: [dvclive/metrics.json]\nplots: [dvclive/plots/metrics: {x: step}]\n"
FILES: Files = {
    "train.py": "",
    "params.yaml": "lr: 0.1\n",
    "dvclive/params.yaml": "lr: 0.1\nseed: 8\n",
    "dvclive/metrics.json": '{"loss": 0.3}',
}


def test_a_file_that_dvclive_logs_is_a_record_and_no_input(tmp_path: Path) -> None:
    found = Workbench(tmp_path).take({**FILES, "dvc.yaml": STAGE + TOP})
    assert (found.param_files, found.records) == (("params.yaml",), ("dvclive/params.yaml",))
    assert Param("dvclive/params.yaml", "seed", 8) in found.params, "it is shown"
    assert found.settable == (Param("params.yaml", "lr", 0.1, ("train",)),)
    assert "dvclive/params.yaml" in found.outputs and not found.problems


def test_a_parameter_is_set_in_the_input_and_never_in_the_record(tmp_path: Path) -> None:
    found = Workbench(tmp_path).take({**FILES, "dvc.yaml": STAGE + TOP})
    texts = {path: text for path, text in FILES.items() if isinstance(text, str)}
    given = plan(["lr=0.2"], found, texts)
    assert not given.problems, "one name in the input and in the record is not ambiguous"
    assert given.edits == {"params.yaml": "lr: 0.2\n"}
    refused = plan(["seed=8"], found, texts)
    assert not refused.edits and "which training writes" in refused.problems[0].message


@pytest.mark.parametrize(
    "pipeline",
    [
        STAGE + TOP.replace("metrics: [dvclive/metrics.json]\n", ""),
        STAGE.replace("[model.bin]", "[model.bin, dvclive]") + "params: [dvclive/params.yaml]\n",
        STAGE.replace("[model.bin]", "[dvclive/params.yaml: {cache: false}]") + "params: [dvclive/params.yaml]\n",
        STAGE + TOP.replace("dvclive/", "./dvclive/"),
    ],
    ids=["plots alone", "below an output", "an output itself", "another way to write it"],
)
def test_a_record_is_recognised_by_its_neighbours_or_by_what_makes_it(tmp_path: Path, pipeline: str) -> None:
    found = Workbench(tmp_path).take({**FILES, "dvc.yaml": pipeline})
    assert (found.param_files, found.records) == (("params.yaml",), ("dvclive/params.yaml",))


@pytest.mark.parametrize(
    "pipeline",
    [
        STAGE.replace("[lr]", "[lr, {dvclive/params.yaml: [seed]}]") + TOP,
        STAGE.replace("[train.py]", "[train.py, dvclive/params.yaml]") + TOP,
        STAGE.replace("[train.py]", "[train.py, dvclive]") + TOP,
        "vars: [dvclive/params.yaml]\n" + STAGE.replace("train.py\n", "train.py ${seed}\n", 1) + TOP,
        STAGE + "params: [dvclive/params.yaml]\nmetrics: [m.json]\n",
    ],
    ids=["its parameters", "a dependency", "in a folder it reads", "a template", "no results beside it"],
)
def test_a_file_that_a_stage_reads_or_nothing_is_known_to_write_stays_an_input(tmp_path: Path, pipeline: str) -> None:
    found = Workbench(tmp_path).take({**FILES, "dvclive/params.yaml": "seed: 8\n", "dvc.yaml": pipeline})
    assert (found.param_files, found.records) == (("params.yaml", "dvclive/params.yaml"), ())


@pytest.mark.parametrize("folder", ["", "vision/"])
def test_a_file_beside_the_metrics_in_the_folder_of_a_pipeline_stays_an_input(tmp_path: Path, folder: str) -> None:
    pipeline = STAGE.replace("[lr]", "[depth]") + "params: [params.yaml, other.yaml]\nmetrics: [metrics.json]\n"
    files = {"train.py": "", "params.yaml": "depth: 2\n", "other.yaml": "lr: 1\n", "metrics.json": "{}"}
    found = Workbench(tmp_path).take(
        {f"{folder}{name}": text for name, text in {**files, "dvc.yaml": pipeline}.items()}
    )
    assert found.records == () and {f"{folder}params.yaml", f"{folder}other.yaml"} == {*found.param_files}


def test_a_parameter_file_above_a_pipeline_is_no_record_of_it(tmp_path: Path) -> None:
    own = "params: [../params.yaml]\nmetrics: [m.json]\n"
    files = {"a/params.yaml": "lr: 1\n", "a/b/train.py": "", "a/b/params.yaml": "lr: 2\n", "a/b/m.json": "{}"}
    found = Workbench(tmp_path).take({**files, "a/b/dvc.yaml": STAGE + own})
    assert found.records == () and "a/params.yaml" in found.param_files


def test_a_dvc_yaml_that_dvclive_keeps_beside_its_files_is_understood(tmp_path: Path) -> None:
    found = Workbench(tmp_path).take(
        {**FILES, "dvc.yaml": STAGE, "dvclive/dvc.yaml": "params: [params.yaml]\nmetrics: [metrics.json]\n"}
    )
    assert (found.param_files, found.records) == (("params.yaml",), ("dvclive/params.yaml",))


def test_a_record_that_was_never_made_is_no_problem(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if not name.startswith("dvclive")}
    found = Workbench(tmp_path).take({**files, "dvc.yaml": STAGE + TOP})
    assert (found.records, found.problems) == (("dvclive/params.yaml",), ())
