"""A project with two pipelines of which one is stale: the other one's numbers are judged anyway."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.conversations.results.test_landing import exp_push
from tests.world.project import PARAMS, PIPELINE, STUDIO, files, results, write
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

SCORE = """  prepare:
    cmd: python prepare.py
    deps: [prepare.py]
    outs: [words.csv: {cache: false}]
  score:
    cmd: python score.py
    deps: [words.csv]
    metrics:
      - score.json:
          cache: false
"""
CODE, OTHER = "print('preparing')\n", "print('preparing otherwise')\n"
STALE = {"prepare.py": OTHER}
SENTENCE = (
    "The head's commit is stale: `prepare.py` changed after its numbers were made. That concerns only the metrics of "
    "`score.json`, which come from the stage `prepare`."
)


def entry(path: str, text: str) -> dict[str, Any]:
    data = text.encode()
    return {"path": path, "hash": "md5", "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(), "size": len(data)}


def both(accuracy: float, bleu: float, lr: str = "0.1", code: str = CODE) -> dict[str, str]:
    """What training of both pipelines leaves; `train` has nothing to do with `prepare` and `score`."""
    params = PARAMS.replace("lr: 0.1 ", f"lr: {lr} ")
    made = results(params, {"accuracy": accuracy, "loss": round(1 - accuracy, 6)}, [1.0, 0.5])
    score = json.dumps({"bleu": bleu}) + "\n"
    lock = yaml.safe_load(made["dvc.lock"])
    words = entry("words.csv", "a\n")
    lock["stages"] |= {
        "prepare": {"cmd": "python prepare.py", "deps": [entry("prepare.py", code)], "outs": [words]},
        "score": {"cmd": "python score.py", "deps": [words], "outs": [entry("score.json", score)]},
    }
    return {**made, "params.yaml": params, "score.json": score, "dvc.lock": yaml.safe_dump(lock, sort_keys=False)}


def opened(world: World, studio: str = STUDIO) -> PullRequest:
    """A pull request into a branch on which both are trained."""
    own = {"dvc.yaml": PIPELINE + SCORE, "prepare.py": CODE, "words.csv": "a\n", ".github/studio.yml": studio}
    pull = world.pull_request(project=files() | own | both(0.9, 0.5))
    world.work()
    return pull


def pushed(pull: PullRequest, contents: Mapping[str, str]) -> str:
    pull.push(contents)
    pull.world.work()
    return pull.overview


def status(pull: PullRequest) -> tuple[str, str | None]:
    found = pull.status()
    assert found is not None
    return found.state, found.description


def test_what_is_not_made_by_the_stale_pipeline_is_judged(world: World) -> None:
    overview = pushed(opened(world), {**both(0.95, 0.6, "0.01"), **STALE})
    assert "**▲ Better: `accuracy` 0.90 → 0.95 (+0.05).**" in overview
    assert "| **better** | `loss` |" in overview and "| not comparable | `bleu` | 0.5 | 0.6 |" in overview
    assert f"- {SENTENCE}" in overview


def test_where_the_primary_metric_is_of_the_stale_pipeline_the_whole_is_not_comparable(world: World) -> None:
    overview = pushed(opened(world, "primary: bleu\n"), {**both(0.95, 0.6, "0.01"), **STALE})
    assert f"**? Not comparable: `bleu` 0.5 → 0.6 (+0.1).** {SENTENCE}" in overview
    assert "| **better** | `accuracy` |" in overview and "| not comparable | `bleu` |" in overview
    assert overview.count("is stale") == 1


def test_without_a_primary_metric_one_that_is_stale_keeps_the_whole_from_being_better(world: World) -> None:
    overview = pushed(opened(world, "land: auto\n"), {**both(0.95, 0.6, "0.01"), **STALE})
    assert "**? Not comparable: `bleu`" in overview and SENTENCE in overview
    assert "| **better** | `accuracy` |" in overview


def test_where_both_are_stale_the_sentence_is_that_of_the_whole(world: World) -> None:
    overview = pushed(opened(world), {**both(0.95, 0.6, "0.01"), **STALE, "train.py": "print('otherwise')\n"})
    assert "The head's commit is stale: `train.py` and `prepare.py` changed after its numbers were made." in overview
    assert "That concerns" not in overview and "better**" not in overview


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("{metric: accuracy, at_least: 0.9, not_worse: true}", ""),
        ("{metric: bleu, at_least: 0.4}", "Gate: bleu is stale: prepare.py changed after it was measured"),
        ("{metric: bleu, not_worse: true}", "Gate: bleu is stale: prepare.py changed after it was measured"),
    ],
)
def test_a_gate_looks_at_its_own_metric(world: World, gate: str, said: str) -> None:
    pull = opened(world, f"{STUDIO}gate: {gate}\n")
    pushed(pull, {**both(0.95, 0.6, "0.01"), **STALE})
    assert status(pull) == (("failure", said) if said else ("success", "accuracy 0.95 (+0.05), better against main"))


def training_both(machine: Machine) -> None:
    """The smaller the learning rate, the better; both pipelines with the code that is there."""
    machine.claim()
    machine.say("training")
    lr = yaml.safe_load((machine.tree / "params.yaml").read_text())["train"]["lr"]
    write(machine.tree, both(round(1 - lr, 6), lr, str(lr), (machine.tree / "prepare.py").read_text()))
    machine.commit()
    machine.done()


def test_a_run_lands_where_its_metric_is_better_beside_a_stale_one_of_its_baseline(world: World) -> None:
    pull = opened(world, f"{STUDIO}land: better\n")
    assert "= Unchanged" in pushed(pull, STALE)
    pull.comment("/run -S train.lr=0.01 -n small")
    world.runner.does(training_both)
    report = pull.report
    assert "**▲ Better: `accuracy` 0.90 → 0.99 (+0.09).**" in report and "| not comparable | `bleu` |" in report
    assert (
        "- The baseline is stale: `prepare.py` changed after its numbers were made. That concerns only the metrics of "
        "`score.json`, which come from the stage `prepare`." in report
    )
    assert pull.head == pull.experiments["small"]


def test_the_order_of_a_sweep_and_the_star_are_those_of_a_metric_that_is_not_stale(world: World) -> None:
    pull = opened(world)
    pushed(pull, STALE)
    exp_push(pull, "aside", both(0.97, 0.7, "0.03"), pull.head)
    pull.comment("/show")
    assert "★ Best is `aside`: `accuracy` 0.97 (base 0.90)." in pull.reply
    pull.comment("/show --sort bleu")
    assert "`aside` is not ranked. Its commit is stale: `prepare.py` changed" in pull.reply
    pull.comment("/diff HEAD aside")
    reply = pull.reply
    assert "▲ Better: `accuracy` 0.90 → 0.97" in reply and reply.count("`prepare.py` changed") == 2
    pull.comment("/run -S train.lr=0.2,0.05 -n rates")
    world.runner.trains_all(training_both)
    over = pull.new()[-1]
    assert "★ Sweep `rates`: `rates-2` is best of 2, unconfirmed: `accuracy` 0.95 (baseline 0.90, +0.05)" in over
    assert "| ▲ better (+0.05) |" in over
    assert "- " + SENTENCE.replace("The head", "The baseline") in over
