"""`/run --repeat`: the same experiment and its baseline with several seeds, and how much of the difference is chance."""

from collections.abc import Mapping

import pytest
import yaml

from tests.world.project import PARAMS, PIPELINE, STUDIO, files, results, write
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

PIPELINE_WITH_SEED = PIPELINE.replace("train.lr,", "seed, train.lr,")


def seeded(contents: Mapping[str, str], params: str) -> dict[str, str]:
    """The stage depends on its seed, so that dvc.lock has it."""
    lock = yaml.safe_load(contents["dvc.lock"])
    lock["stages"]["train"]["params"]["params.yaml"]["seed"] = yaml.safe_load(params)["seed"]
    return {**contents, "dvc.lock": yaml.safe_dump(lock, sort_keys=False)}


def project(more: str = "seed: seed\n") -> dict[str, str]:
    """Return a project with a seed and these settings."""
    return seeded(files(), PARAMS) | {"dvc.yaml": PIPELINE_WITH_SEED, ".github/studio.yml": STUDIO + more}


def chancy(machine: Machine) -> None:
    """The smaller the learning rate, the better; an odd seed helps as much as it does."""
    machine.claim()
    machine.say("training", "epoch 1\n")
    text = (machine.tree / "params.yaml").read_text()
    params = yaml.safe_load(text)
    lr, seed = params["train"]["lr"], params["seed"]
    accuracy = round(1 - lr + 0.02 * (seed % 2) + 0.001 * (seed - 7) * lr, 6)
    made = results(text, {"accuracy": accuracy, "loss": round(1 - accuracy, 6)}, [1.0, lr])
    write(machine.tree, seeded(made, text))
    machine.commit()
    machine.done()


@pytest.fixture
def pull(world: World) -> PullRequest:
    return world.pull_request(project=project())


def test_an_experiment_and_its_baseline_are_trained_with_the_same_seeds(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run -S train.lr=0.05 --repeat 3 -n steady\n> Smaller steps.")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    table = pull.reply
    assert "> Smaller steps." in table and "| 7 | `steady-1` |" in table and "| 9 | `steady-3` |" in table
    seen: list[tuple[float, int]] = []

    def watched(machine: Machine) -> None:
        chancy(machine)
        params = yaml.safe_load((machine.tree / "params.yaml").read_text())
        seen.append((params["train"]["lr"], params["seed"]))
        assert machine.spec["data_first"] == [] and "--pull" not in machine.spec["script"], "no run cache answers"

    names = world.runner.trains_all(watched)
    assert names == [f"steady-{number}" for number in range(1, 7)]
    assert seen == [(lr, seed) for lr in (0.05, 0.1) for seed in (7, 8, 9)]
    told = pull.reply
    # 0.95 + 0.02, 0.95 + 0.00005, 0.95 + 0.02 + 0.0001 against the same with 0.9 and twice as much of the last
    assert "**▲ Better: `accuracy` 0.963 ± 0.012 against 0.913 ± 0.012 of the baseline, 3 seeds each.**" in told
    assert "with 95 % confidence it is between +0.05 and +0.05" in told
    assert "| `accuracy` | 0.913 ± 0.012 | 0.963 ± 0.012 |" in told
    assert "| `train.lr` | `0.1` | `0.05` |" in told
    assert '<img alt="accuracy over 3 seeds" src="' in told
    assert pull.head == pull.head_before, "nothing lands by itself"
    (check,) = pull.checks(pull.head)
    assert (check.name, check.conclusion) == ("studio: steady", "success")
    assert "accuracy 0.963 ± 0.012" in pull.overview


def test_the_run_with_the_configured_seed_lands_never_the_luckiest(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.05 --repeat 3 -n steady")
    world.runner.trains_all(chancy)
    assert "`/apply steady` puts `steady-1` on the branch" in pull.new()[-1]
    pull.comment("/apply steady-3")
    assert "never the luckiest" in pull.reply
    pull.comment("/apply best")
    assert "It is better, by 3 seeds" in pull.reply
    assert pull.head == pull.experiments["steady-1"]
    assert "seed: 7" in pull.git("show", f"{pull.head}:params.yaml")


def test_a_baseline_that_was_repeated_is_not_trained_again(world: World, pull: PullRequest) -> None:
    pull.comment("/run --repeat 3 -n base")
    world.runner.trains_all(chancy)
    told = pull.new()[-1]
    assert "`accuracy` 0.913 ± 0.012**, 3 seeds of the baseline" in told
    assert "| 8 | `base-2` | 0.9" in told
    assert "| metric | value |\n| :-- | --: |\n| `accuracy` | 0.913 ± 0.012 |" in told
    assert "| seed | experiment | baseline's `accuracy` |\n| --: | :-- | --: |\n" in told
    assert "`/run -S NAME=VALUE --repeat 3` compares an experiment with these" in told
    pull.comment("/run -S train.lr=0.05 --repeat 4 -n steady")
    assert world.runner.trains_all(chancy) == [f"steady-{number}" for number in range(1, 6)]
    assert "4 seeds each" in pull.new()[-1]


def test_the_best_of_a_sweep_is_confirmed(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.05,0.01 -n wide")
    world.runner.trains_all(chancy)
    told = pull.new()[-1]
    assert "`wide-2` is best of 2, unconfirmed" in told and "`/run --from best --repeat 3` shows whether" in told
    pull.comment("/run --from best --repeat 3 -n sure")
    world.runner.trains_all(chancy)
    assert "That confirms `wide-2`." in pull.new()[-1]


def test_nobody_is_invited_to_apply_what_is_worse_or_may_be_chance(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.2,0.3 -n wide")
    world.runner.trains_all(chancy)
    told = pull.new()[-1]
    assert "nothing to put on the branch" in told and "/apply" not in told
    pull.comment("/apply best")
    assert "**It is worse than the baseline: `accuracy` 0.9" in pull.reply
    pull.comment("/run -S train.lr=0.2 --repeat 2 -n rash --rev main")
    world.runner.trains_all(chancy)
    told = pull.new()[-1]
    assert "▼ Worse" in told and "nothing to put on the branch" in told and "/apply" not in told


def test_what_failed_is_trained_again_and_counts_then(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.05 --repeat 2 -n steady")

    def crashing(machine: Machine) -> None:
        if len(world.runner_port.trained) == 2:
            machine.claim()
            machine.say("training", "ValueError: no\n")
            machine.done(1, "The script ended with exit code 1.")
        else:
            chancy(machine)

    world.runner.trains_all(crashing)
    told = pull.new()[-1]
    assert "1 of 4 did not work" in told and "One pair says nothing about chance" in told
    pull.comment("/retry failed")
    world.runner.trains_all(chancy)
    assert "2 seeds each" in pull.new()[-1]


def test_a_gate_is_held_against_the_mean(world: World) -> None:
    pull = world.pull_request(project=project("seed: seed\ngate:\n  accuracy: {not_worse: true}\n"))
    pull.comment("/run -S train.lr=0.2 --repeat 3 -n rash")
    world.runner.trains_all(chancy)
    assert "**✕ Gate:**" in pull.new()[-1]
    (check,) = pull.checks(pull.head)
    assert check.conclusion == "failure"
    assert pull.overview


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/run --repeat 1", "A number from 2 to 50 goes here"),
        ("/run --repeat three", "A number from 2 to 50 goes here"),
        ("/run -S train.lr=0.1,0.2 --repeat 3", "`/run --from NAME --repeat 3`"),
        ("/run -S seed=1 --repeat 3", "varies `seed` itself"),
        ("/run -S train.lr=0.2 --repeat 3 --branch new", "--branch"),
        ("/run -S train.lr=0.2 --repeat 3 --commit first", "first"),
        ("/run -S train.lr=0.2 --repeat 30", "60 experiments"),
    ],
)
def test_what_cannot_be_repeated_is_refused(world: World, pull: PullRequest, line: str, told: str) -> None:
    comment = pull.comment(line)
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert told in pull.reply


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("", "```yaml\nseed: seed\n```"),
        ("seed: train.sed\n", "no parameter of this commit has that name"),
        ("seed: train.optimizer\n", "counts up from a whole number"),
    ],
)
def test_a_seed_has_to_be_named_in_the_configuration(world: World, setting: str, told: str) -> None:
    pull = world.pull_request(project=project(setting))
    pull.comment("/run -S train.lr=0.05 --repeat 3")
    assert told in pull.reply


@pytest.mark.parametrize(("pipeline", "forced"), [(PIPELINE, True), (PIPELINE_WITH_SEED, False)])
def test_a_seed_that_no_stage_declares_is_trained_all_the_same(world: World, pipeline: str, forced: bool) -> None:
    pull = world.pull_request(project=project() | {"dvc.yaml": pipeline})
    pull.comment("/run --repeat 2 -n base")
    scripts: list[list[str]] = []

    def watched(machine: Machine) -> None:
        chancy(machine)
        scripts.append(machine.spec["script"])

    world.runner.trains_all(watched)
    assert ["--force" in script for script in scripts] == [forced, forced]
    assert pull.new()
