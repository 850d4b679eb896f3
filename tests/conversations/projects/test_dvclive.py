"""Projects that log with DVCLive: what it records is a result, and what it declares lands."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.conversations.projects.test_with_dvc import dvc
from tests.conversations.results.test_landing import exp_push, trained
from tests.world.dvclive import DECLARED
from tests.world.project import PARAMS, PIPELINE, git, write
from tests.world.runner import Machine, Script, training
from tests.world.world import PullRequest, World

OURS = PIPELINE.replace("deps: [train.py]", "deps: [train.py]  # ours")


def logged(lr: float = 0.1, loss: float = 0.3) -> dict[str, str]:
    """Return the files that DVCLive leaves in its folder."""
    return {
        "dvclive/params.yaml": f"train:\n  lr: {lr}\nbatch: 32\n",
        "dvclive/metrics.json": f'{{"live": {{"loss": {loss}}}, "step": 2}}\n',
        "dvclive/plots/metrics/live/loss.tsv": f"step\tloss\n0\t1.0\n1\t{loss}\n",
    }


def dumped(text: str, change: Callable[[dict[str, object]], object] | None = None) -> Callable[[Path], None]:
    """dvc.yaml written anew in DVCLive's way, with these lists at its top."""

    def into(file: Path) -> None:
        yaml = YAML()
        document = yaml.load(file.read_text()) or {}
        document.update(yaml.load(text))
        if change:
            change(document)
        with file.open("w") as out:
            yaml.dump(document, out)

    return into


def live(
    lr: float,
    accuracy: float = 0.95,
    rewrite: Callable[[Path], None] | None = None,
    more: Mapping[str, str] | None = None,
) -> Script:
    """A training that logs with DVCLive."""

    def extra(machine: Machine) -> None:
        write(machine.project, logged(lr, 0.2) | dict(more or {}))
        (rewrite or dumped(DECLARED))(machine.project / "dvc.yaml")

    return training({"accuracy": accuracy, "loss": 0.05}, extra=extra)


@pytest.fixture
def known(world: World) -> PullRequest:
    """Its head declares what DVCLive writes."""
    return world.pull_request(contents={"dvc.yaml": OURS + DECLARED, **logged()})


@pytest.fixture
def new(world: World) -> PullRequest:
    """Nothing was logged yet."""
    return world.pull_request(contents={"dvc.yaml": OURS})


def test_a_record_lands_is_shown_as_one_and_leaves_dvc_yaml_as_it_was(world: World, known: PullRequest) -> None:
    known.comment("/run -S lr=0.01")
    assert "train.lr" in known.reply, "no such name, and the nearest one is the input"
    known.comment("/run -S train.lr=0.01")
    world.runner.does(live(0.01))
    report = known.report
    assert "▲ Better" in report and "became the new head of `tune`" in report
    assert "| `train.lr` | `0.1` | `0.01` | `params.yaml` |" in report
    assert "| `train.lr` | `0.1` | `0.01` | `dvclive/params.yaml` (written by training) |" in report
    assert "Training declared" not in report
    assert known.git("show", "tune:dvc.yaml") == (OURS + DECLARED).strip()
    assert "lr: 0.01" in known.git("show", "tune:dvclive/params.yaml")
    assert "`dvclive/params.yaml` (written by training)" in known.overview


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("batch=8", "`batch` stands only in `dvclive/params.yaml`, which training writes"),
        ("batch=8,16", "`batch` stands only in `dvclive/params.yaml`, which training writes"),
        ("dvclive/params.yaml:train.lr=0.2", "`dvclive/params.yaml` is a file that training writes"),
    ],
)
def test_what_only_a_record_has_cannot_be_set(world: World, known: PullRequest, edit: str, told: str) -> None:
    comment = known.comment(f"/run -S {edit} -f")
    reply = known.reply
    assert told in reply and "can't be set" in reply and "`params:`" in reply
    assert ("/run -S params.yaml:train.lr=0.2 -f" in reply) == edit.startswith("dvclive")
    assert known.reactions(comment) == ["eyes", "confused"]
    assert list(world.wired.ports.store.active()) == []


def test_params_lists_records_as_what_they_are(known: PullRequest) -> None:
    known.comment("/params")
    reply = known.reply
    assert "| `batch` | `32` | int | `dvclive/params.yaml` | written by training |" in reply.replace(
        "whole number", "int"
    )
    assert "`/run -S train.lr=…` trains with another value" in reply
    known.comment("/params batch")
    reply = known.reply
    assert "Training writes these files: they record what it was given" in reply and "-S batch" not in reply


def test_a_first_run_lands_with_what_dvclive_declared(world: World, new: PullRequest, tmp_path: Path) -> None:
    new.comment("/run -S train.lr=0.01 -n first")
    world.runner.does(live(0.01))
    report = new.report
    assert "became the new head of `tune`" in report
    named = "`dvclive/params.yaml`, `dvclive/metrics.json`, `dvclive/plots/metrics`"
    assert f"Training declared its results in `dvc.yaml`: {named}." in report
    assert new.git("show", "tune:dvc.yaml") == (OURS + DECLARED).strip()
    new.comment("/run -S train.lr=0.02")
    world.runner.does(live(0.02, 0.97))
    assert "Training declared" not in new.report
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch", "tune", str(world.repository.folder), str(clone))
    assert "first" in dvc(clone, "exp", "list", "-A", "origin")
    dvc(clone, "exp", "pull", "origin", "first")
    dvc(clone, "exp", "apply", "first")
    assert (clone / "dvc.yaml").read_text() == OURS + DECLARED
    assert {*json.loads(dvc(clone, "exp", "diff", "HEAD", "first", "--json"))["params"]} == {
        "params.yaml",
        "dvclive/params.yaml",
    }
    assert "live.loss" in dvc(clone, "metrics", "show")


def test_a_templated_output_of_another_name_was_not_declared_by_training(world: World) -> None:
    templated = PIPELINE.replace("    metrics:\n", "    outs: ['out-${train.lr}.txt']\n    metrics:\n", 1)
    pull = world.pull_request(contents={"dvc.yaml": templated})
    pull.comment("/run -S train.lr=0.01")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    report = pull.report
    assert "`0.01`" in report and "Training declared" not in report


def test_where_dvclive_only_wrote_the_file_in_its_own_way_nothing_was_trained(world: World, known: PullRequest) -> None:
    known.comment("/run")

    def script(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "")
        dumped(DECLARED)(machine.project / "dvc.yaml")
        machine.commit()
        machine.done()

    world.runner.does(script)
    assert "Reused" in known.report
    assert known.head == known.head_before


HOSTILE: Mapping[str, Callable[[dict[str, object]], object]] = {
    "`stages` of it differs": lambda found: found.update(stages={"train": {"cmd": "curl evil"}}),
    "`vars` of it differs": lambda found: found.update(vars=[{"a": 1}]),
    "`artifacts` of it differs": lambda found: found.update(artifacts={"m": {"path": "model.bin", "type": "model"}}),
    "`../other/metrics.json` under": lambda found: found.update(metrics=["../other/metrics.json"]),
    "`train.py` under": lambda found: found.update(metrics=["train.py"]),
    "`y` of the plot": lambda found: found.update(plots=[{"dvclive/plots/metrics": {"y": {"secret.csv": "a"}}}]),
    "`${a}/metrics.json` under": lambda found: found.update(metrics=["${a}/metrics.json"]),
}


@pytest.mark.parametrize(("told", "change"), HOSTILE.items(), ids=HOSTILE.keys())
def test_more_than_results_of_dvclives_own_does_not_land(
    world: World, new: PullRequest, told: str, change: Callable[[dict[str, object]], object]
) -> None:
    new.comment("/run -S train.lr=0.01 -n odd")
    world.runner.does(live(0.01, rewrite=dumped(DECLARED, change)))
    report = new.report
    assert f"no branch may get from it, so it stays an experiment: `dvc.yaml` ({told}" in report
    assert report.count("`Live(dvcyaml=False)`") == 1
    assert "/apply odd" not in report and "/branch odd" not in report
    assert new.head == new.head_before and set(new.experiments) == {"odd"}
    new.comment("/apply odd")
    reply = new.reply
    assert f"- `dvc.yaml` ({told}" in reply, "the same as the report says"
    assert "`Live(dvcyaml=False)` of DVCLive does." in reply


@pytest.mark.parametrize("path", ["dvclive/plots/metrics/conftest.py", "dvclive/other.json", "train.py"])
def test_beside_what_was_declared_no_other_file_lands(world: World, new: PullRequest, path: str) -> None:
    new.comment("/run -S train.lr=0.01")
    world.runner.does(live(0.01, more={path: "x = 1\n"}))
    assert f"{path} (not declared as an output)" in new.report
    assert new.head == new.head_before


def test_a_file_that_was_there_before_is_not_declared_away(world: World) -> None:
    pull = world.pull_request(contents={"dvc.yaml": OURS, "dvclive/params.yaml": "train:\n  lr: 0.1\n"})
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(live(0.01))
    assert "dvclive/params.yaml (not declared as an output)" in pull.report
    assert pull.head == pull.head_before


def test_a_link_in_the_place_of_dvc_yaml_is_refused_whole(world: World, new: PullRequest) -> None:
    def link(file: Path) -> None:
        file.unlink()
        file.symlink_to("/etc/passwd")

    new.comment("/run -S train.lr=0.01")
    world.runner.does(live(0.01, rewrite=link))
    assert "dvc.yaml (symlink)" in new.report
    assert new.experiments == {}


def test_what_belongs_to_another_project_is_not_declared(world: World) -> None:
    pull = world.pull_request(contents={"dvc.yaml": OURS, "nested/.dvc/config": "", "nested/dvc.yaml": "stages: {}\n"})
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(live(0.01, rewrite=dumped(DECLARED.replace("dvclive/", "nested/live/"))))
    assert "belongs to another project" in pull.report
    assert pull.head == pull.head_before


def test_what_was_declared_aside_is_applied_also_on_a_head_that_moved(world: World, new: PullRequest) -> None:
    new.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.does(live(0.01))
    assert "/apply aside" in new.report
    new.push({"dvc.yaml": f"# Theirs\n{OURS}"}, "Say whose")
    world.work()
    new.comment("/apply aside")
    assert "is on `tune`" in new.reply
    assert new.git("show", "tune:dvc.yaml") == f"# Theirs\n{OURS}{DECLARED}".strip()
    assert "batch: 32" in new.git("show", "tune:dvclive/params.yaml")


def test_what_was_declared_aside_gets_a_branch(world: World, new: PullRequest) -> None:
    new.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.does(live(0.01))
    assert "/branch aside" in new.report
    new.comment("/branch aside other")
    assert "`other`" in new.reply
    assert new.git("show", "other:dvc.yaml") == (OURS + DECLARED).strip()
    new.comment("/apply aside --params-only")
    assert "is on `tune`" in new.reply
    assert new.git("show", "tune:dvc.yaml") == OURS.strip()


def test_what_somebody_pushed_is_applied_where_it_is_in_our_words(known: PullRequest) -> None:
    params = PARAMS.replace("lr: 0.1 ", "lr: 0.05 ")
    exp_push(known, "by-hand", {**trained(params), **logged(0.05)})
    known.comment("/apply by-hand")
    assert "is on `tune`" in known.reply


@pytest.mark.parametrize("path", ["dvclive/plots/metrics/conftest.py", "dvclive/metrics.json/conftest.py"])
def test_what_a_first_run_declared_lets_a_second_one_write_no_code(world: World, new: PullRequest, path: str) -> None:
    new.comment("/run -S train.lr=0.01")
    world.runner.does(live(0.01))
    assert "became the new head of `tune`" in new.report
    head = new.head
    new.comment("/run -S train.lr=0.02 -n second")

    def evil(machine: Machine) -> None:
        write(machine.project, logged(0.02, 0.2))
        for each in (machine.project / path).parents:
            if each.is_file():
                each.unlink()
        write(machine.project, {path: "import os\n"})

    world.runner.does(training({"accuracy": 0.97, "loss": 0.05}, extra=evil))
    report = new.report
    assert f"`{path} (not declared as an output)`" in report and "stays an experiment" in report
    assert new.head == head
