"""What made a number: a stage that ran, one that was restored, the script, or nothing of the run."""

from typing import Any

import pytest

from tests.world.project import PARAMS, PIPELINE, files, results, write
from tests.world.runner import Machine, made, training
from tests.world.world import PullRequest, World

TRAINED = made(executed=["train"], written={"metrics.json": "train", "loss.csv": "train"})
SKIPPED = made(skipped=["train"])
UNDECLARED = PIPELINE.partition("    metrics:")[0] + "metrics: [metrics.json]\nplots: [loss.csv: {x: step, y: loss}]\n"
PREPARE = "  prepare:\n    cmd: python prepare.py\n    deps: [prepare.py]\n    outs: [clean.csv]\n"


def untouched(provenance: Any) -> Any:
    """Parameters are edited, and nothing else is another file afterwards."""

    def script(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "Stage 'train' is cached - skipping run, checking out outputs\n")
        if provenance["restored"]:
            params = (machine.project / "params.yaml").read_text()
            lock = results(params, {"accuracy": 0.9, "loss": 0.1}, [1.0, 0.5, 0.1])["dvc.lock"]
            write(machine.project, {"dvc.lock": lock})
        machine.commit()
        machine.done(provenance=provenance)

    return script


def test_the_report_says_what_was_trained_and_what_was_restored(world: World) -> None:
    fetch = PREPARE.replace("prepare:", "fetch:").replace("clean.csv", "raw.csv")
    pull = world.pull_request(contents={"prepare.py": "", "dvc.yaml": PIPELINE + PREPARE + fetch})
    pull.comment("/run -S train.lr=0.01")
    provenance = made(executed=["train"], restored=["prepare"], skipped=["fetch"], written=TRAINED["written"])
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=provenance))
    report = pull.report
    line = (
        "Trained: `train`; restored from the run cache: `prepare`; skipped, because nothing that dvc.yaml lists for it "
        "changed: `fetch`."
    )
    assert line in report and "▲ Better" in report
    assert line in pull.check_run.output["summary"]


def test_a_list_is_a_value_like_others(world: World) -> None:
    listed = PARAMS.replace('optimizer: "sgd"', "optimizer: [0.9, 0.99]")
    pull = world.pull_request(project=files(params=listed))
    pull.comment("/run -S 'train.optimizer=[0.8,0.9]' -n fewer --temp")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=TRAINED))
    report = pull.report
    assert "Trained: `train`." in report and "▲ Better" in report
    assert "`train.optimizer=[0.8,0.9]`" in pull.overview
    for command in ("/status", "/show", "/diff HEAD fewer", "/run --from fewer --script"):
        pull.comment(command)
        assert "train.optimizer" in pull.reply, command


def test_what_was_only_restored_is_not_called_trained(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=made(restored=["train"])))
    report = pull.report
    assert "▲ Better" in report and "Restored from the run cache: `train`." in report
    assert "trained in" not in report and "restored from the run cache in" in report
    pull.comment("/status")
    assert "succeeded, restored" in pull.reply


def test_a_dvc_that_tells_nothing_is_said_and_nothing_is_guessed(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance={**made(), "known": False}))
    report = pull.report
    assert "Which stages were executed, restored or skipped is not known" in report and "▲ Better" in report


@pytest.mark.parametrize("nonsense", [[], 7, {"known": True}, {**made(), "written": {"a": ["b"]}}, made(executed=[1])])
def test_what_makes_no_sense_ends_the_run_all_the_same(world: World, pull: PullRequest, nonsense: Any) -> None:
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=nonsense))
    assert "is not known" in pull.report


def test_names_of_stages_are_text(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    hostile = made(executed=["`@grace` <img src=x>\n# Big"], written={"metrics.json": "@grace"})
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=hostile))
    assert "1 name of no stage in this commit." in pull.report


def test_a_value_whose_results_are_recorded_is_not_called_unlisted(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(untouched(SKIPPED))
    report = pull.report
    assert "Every stage that reads `train.lr` has the results of this value in `dvc.lock` already." in report
    assert "No stage" not in report


def test_where_every_stage_was_skipped_nothing_lands(world: World) -> None:
    pull = world.pull_request()
    pull.comment("/run -S train.lr=0.01 -S seed=8")
    assert "No stage lists `seed`" in pull.reply
    world.runner.does(untouched(SKIPPED))
    report = pull.report
    assert "= Reused: DVC skipped every stage" in report
    assert "Nothing was trained and nothing committed." in report and "trained in" not in report
    assert "No stage that DVC looked at lists `seed`" in report and "-f" in report
    assert pull.head == pull.head_before and not pull.experiments
    assert pull.check_run.conclusion == "neutral"


def test_a_parameter_that_no_stage_lists_is_refused_before_anything_starts(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run -S seed=8")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert "No stage lists `seed`, so DVC would skip `train` and train nothing." in reply
    assert "```\n/run -S seed=8 -f\n```" in reply
    assert list(world.wired.ports.store.active()) == []
    pull.comment("/run --script -S seed=8")
    assert "No stage lists `seed`" in pull.reply
    pull.comment("/run -S seed=8 -f")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=TRAINED))
    report = pull.report
    said = "No stage that ran lists `seed`: unless one reads it anyway, no difference is its effect."
    assert "▲ Better" in report and said in report
    assert "-S seed=…" not in report and "`/params` lists what can be tried" in report
    assert "| `seed=8` (no stage that ran lists it) |" in pull.overview


def test_a_parameter_of_a_stage_that_did_not_run_has_no_part_in_the_numbers(world: World) -> None:
    prepare = f"{PREPARE}    params: [seed]\n"
    pull = world.pull_request(contents={"dvc.yaml": PIPELINE + prepare, "prepare.py": "x\n"})
    pull.comment("/run -S seed=8 -S train.lr=0.01 train -s")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=TRAINED))
    report = pull.report
    assert "No stage that ran lists `seed`:" in report and "lists `train.lr`" not in report
    assert "`/run -S train.lr=…` tries another value" in report


@pytest.mark.parametrize(
    "pipeline",
    [
        PIPELINE.replace("deps: [train.py]", "deps: [train.py, params.yaml]"),
        PIPELINE.replace("python train.py", "python train.py --seed ${seed}"),
        PIPELINE.replace("    params:", "    frozen: false\n    params:").replace("train.optimizer]", "seed]"),
    ],
    ids=["the whole file", "a template", "listed"],
)
def test_a_parameter_that_dvc_knows_otherwise_is_not_refused(world: World, pipeline: str) -> None:
    pull = world.pull_request(contents={"dvc.yaml": pipeline})
    pull.comment("/run --script -S seed=8 --temp")
    assert "`train` would run" in pull.reply


def test_an_answer_of_the_run_cache_could_be_that_of_another_seed(world: World, pull: PullRequest) -> None:
    pull.comment("/run --script -S train.lr=0.01 -S seed=8")
    reply = pull.reply
    assert "Of the stages, `train` would run, whatever an earlier run left in DVC's run cache." in reply
    assert "No stage lists `seed`, so DVC runs no stage for it: list it under `params:`" in reply
    pull.comment("/run --script -S train.lr=0.01")
    reply = pull.reply
    assert "`train` would run, or be restored where the same inputs were trained before." in reply


def test_an_answer_of_the_run_cache_could_be_that_of_another_size(world: World) -> None:
    pipeline = PIPELINE.replace("params: [", "params: [size, ")
    pull = world.pull_request(contents={"dvc.yaml": pipeline, "params.yaml": PARAMS + "size: 3\n"})
    pull.comment("/run --script -S train.lr=0.01")
    assert "`train` would run, whatever an earlier run left in DVC's run cache." in pull.reply


def test_the_script_is_shown_with_the_stages_that_would_run(world: World) -> None:
    pull = world.pull_request(contents={"prepare.py": "", "dvc.yaml": PIPELINE + PREPARE})
    pull.comment("/run --script -S train.lr=0.01")
    assert "`train`, `prepare` would run" in pull.reply, "prepare has never run"
    pull.comment("/run --script train -S train.lr=0.01")
    assert "`train` would run, or" in pull.reply, "the stage that is named, alone"


def test_a_frozen_stage_is_skipped_for_that_reason(world: World) -> None:
    pull = world.pull_request(contents={"prepare.py": "", "dvc.yaml": PIPELINE + PREPARE + "    frozen: true\n"})
    pull.comment("/run --script -S train.lr=0.01")
    assert "were trained before; `prepare` would be skipped as frozen." in pull.reply
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(training({"accuracy": 0.95}, provenance={**TRAINED, "skipped": ["prepare"]}))
    assert "Trained: `train`; skipped as frozen: `prepare`." in pull.report


def test_metrics_that_are_no_output_are_never_restored_by_dvc(world: World) -> None:
    pull = world.pull_request(contents={"dvc.yaml": UNDECLARED})
    pull.comment("/run -S train.lr=0.01 -n live")
    seen: list[bool] = []

    def looking(machine: Machine) -> None:
        seen.append(machine.spec["anew"])

    world.runner.does(training({"accuracy": 0.95}, extra=looking, provenance=TRAINED))
    assert "▲ Better" in pull.report
    assert seen == [True]
    pull.comment("/retry live --force")
    assert "trains again" in pull.reply
    world.runner.does(training({"accuracy": 0.96}, extra=looking, provenance=TRAINED))
    assert "▲ Better" in pull.report
    assert seen == [True, True], "the same holds when it is trained again"


def test_a_number_that_nothing_of_the_run_made_is_said_and_judged_never(world: World) -> None:
    studio = "script: ./train.sh\nprimary: accuracy\ngate: {metric: accuracy, at_least: 0.5}\n"
    pull = world.pull_request(contents={"dvc.yaml": UNDECLARED, ".github/studio.yml": studio})
    pull.comment("/run -S train.lr=0.2")
    world.runner.does(untouched(made(restored=["train"])))
    report = pull.report
    assert "Nothing of this run made `metrics.json`, `loss.csv`" in report
    assert "not of this run" in report and "Unchanged" not in report
    assert "`accuracy` was not made by this run: nothing that ran wrote `metrics.json`." in report
    assert "`accuracy` can't be judged" in report, "a gate holds for what was made only"
    assert pull.head == pull.head_before, "a parameter beside the numbers of another one"
    assert "another run's" in report
    assert "<img" not in report and "![" not in report, "the curve is the head's, too"


def test_a_member_of_a_sweep_whose_number_is_the_heads_has_no_place_in_it(world: World) -> None:
    pull = world.pull_request(
        contents={"dvc.yaml": UNDECLARED, ".github/studio.yml": "script: ./go\nprimary: accuracy\n"}
    )
    pull.comment("/run -S train.lr=0.2,0.3 -n wide")
    world.runner.trains_all(
        lambda machine: (
            training({"accuracy": 0.7}, provenance=TRAINED)
            if not world.runner_port.trained[1:]
            else untouched(made(restored=["train"]))
        )(machine)
    )
    pull.new()
    table = next(each.body for each in reversed(pull.comments) if "wide-1" in each.body)
    assert "`accuracy` was not made by this run" in table


def test_what_nothing_of_a_run_made_is_none_of_its_numbers_anywhere(world: World) -> None:
    pull = world.pull_request(contents={"dvc.yaml": UNDECLARED})
    pull.comment("/run -S train.lr=0.01 -n blind --temp")
    world.runner.does(training({"accuracy": 0.9, "loss": 0.1}, provenance=made(executed=["train"])))
    assert "not of this run" in pull.report
    pull.comment("/diff HEAD blind")
    reply = pull.reply
    assert "Nothing of the run that made `blind` made `metrics.json`: what it has there is its" in reply
    assert "| not of this run | `accuracy` | 0.9 | – | – |" in reply
    pull.comment("/diff blind HEAD")
    reply = pull.reply
    assert "No baseline: `accuracy` 0.9" in reply and "Nothing of the run that made `blind`" in reply
    pull.comment("/show")
    reply = pull.reply
    assert "Nothing of the run that made `blind`" in reply
    (row,) = (line for line in reply.splitlines() if "`blind`" in line and line.startswith("|"))
    assert "0.9" not in row
    pull.comment("/plots HEAD blind")
    assert "Nothing of the run that made `blind`" in pull.reply
