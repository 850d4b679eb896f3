"""`/run`: a comment trains a model and a report comes back."""

import pytest
from inline_snapshot import snapshot

from tests.world.project import PARAMS, git, results, write
from tests.world.runner import Machine, training
from tests.world.wording import settled
from tests.world.world import BOT, PullRequest, World


def test_a_better_run_is_reported_and_lands_on_the_branch(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run -S train.lr=0.01 -n careful")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert pull.check_run.status == "queued"
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert settled(pull.report) == snapshot("""\
<!-- studio:run:<ID> -->

**▲ Better: `accuracy` 0.90 → 0.95 (+0.05).** Of 2 metrics: 2 better.

Experiment `careful` on [`<SHA>`](https://github.example/grace/digits/commit/<SHA>), asked for by `ada`, trained in <TIME>. Its commit [`<SHA>`](https://github.example/grace/digits/commit/<SHA>) became the new head of `tune`.

Where it is: on `tune` as [`<SHA>`](https://github.example/grace/digits/commit/<SHA>), in Git as the experiment `careful`. DVC keeps none of it, so all of it is in Git.

| verdict | metric | baseline | this run | difference |
| :-- | :-- | --: | --: | --: |
| **better** | `accuracy` | 0.90 | 0.95 | +0.05 |
| **better** | `loss` | 0.10 | 0.05 | -0.05 |

| parameter | baseline | this run |
| :-- | --: | --: |
| `train.lr` | `0.1` | `0.01` |

<img alt="Curve of loss.csv: baseline and this run" src="https://studio.example.com/plots/<SHA>.png" width="400">

<details>
<summary>Environment: Python 3.11.7, DVC 3.67.1, 1 package</summary>

Machine: Linux, 2 cores

Packages, frozen:

```
numpy==2.4.6
```

</details>

<details>
<summary>Look at it in your clone</summary>

```sh
git fetch origin
dvc exp pull origin careful
dvc exp apply careful
```

</details>

<details>
<summary>Train it again from nothing</summary>

```sh
git clone https://github.example/grace/digits.git digits-careful
cd digits-careful
git switch --detach <SHA>
uv venv --python 3.11
. .venv/bin/activate
uv pip install dvc==3.67.1
dvc exp run --pull --allow-missing -S train.lr=0.01
```

</details>

**Next:** `git switch tune && git pull` brings it. `/run -S train.lr=…` tries another value; `/params` lists what else there is.\
""")
    assert pull.message == "Set train.lr=0.01"
    assert pull.experiments == {"careful": pull.head}
    changed = pull.git("diff", pull.head_before, pull.head, "--", "params.yaml")
    assert [line for line in changed.splitlines() if line[0] in "+-" and line[1:2] not in "+-"] == [
        "-  lr: 0.1   # learning rate",
        "+  lr: 0.01   # learning rate",
    ]
    assert pull.check_run.conclusion == "success"
    (landed,) = pull.checks(pull.head)
    assert landed.conclusion == "success"


def test_who_committed_what_in_which_words_is_not_for_training_to_say(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")

    def forging(machine: Machine) -> None:
        machine.claim()
        machine.say("training")
        write(machine.tree, results((machine.tree / "params.yaml").read_text(), {"accuracy": 0.95}, [1.0]))
        machine.spec = {**machine.spec, "message": "Fixes #1\n\n[skip studio]"}
        git(machine.tree, "config", "user.name", "grace")
        machine.commit()
        machine.done()

    world.runner.does(forging)
    assert "better" in pull.report
    assert pull.message == "Set train.lr=0.01"
    assert pull.git("log", "-1", "--format=%an %cn", pull.head) == f"{BOT} {BOT}"


def test_temp_leaves_the_branch_alone(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.head == pull.head_before
    assert set(pull.experiments) == {"aside"}
    assert "dvc exp apply" in pull.report


def test_a_second_run_on_the_same_branch_is_offered_temp(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    second = pull.comment("/run -S train.lr=0.02")
    assert pull.reactions(second) == ["eyes", "confused"]
    reply = pull.reply
    assert "first" in reply
    assert "/run -S train.lr=0.02 --temp" in reply
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    pull.comment("/run -S train.lr=0.02 -n second")  # the branch is free again
    world.runner.finishes(accuracy=0.5, loss=0.5)
    assert "worse" in pull.report


def test_a_head_that_moved_keeps_the_result_as_an_experiment(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n late")
    tip = pull.push({"README.md": "# Other\n"})
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.head == tip
    assert set(pull.experiments) == {"late"}
    report = pull.report
    assert "moved" in report
    assert tip[:7] in report


def test_a_protected_branch_keeps_the_result_as_an_experiment(world: World, pull: PullRequest) -> None:
    world.protect("tune")
    pull.comment("/run -S train.lr=0.01 -n barred")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.head == pull.head_before
    assert "Protected branch" in pull.report


def test_a_failed_run_shows_the_end_of_its_log_and_changes_nothing(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")

    def crash(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "epoch 1\nValueError: the loss is gone\n")
        machine.done(1, "The script ended with exit code 1.")

    world.runner.does(crash)
    report = pull.report
    assert "ValueError: the loss is gone" in report
    assert pull.head == pull.head_before
    assert pull.experiments == {}
    assert pull.check_run.conclusion == "failure"


def test_a_run_out_of_time_says_so(world: World, pull: PullRequest) -> None:
    pull.comment("/run --timeout 90m")

    def slow(machine: Machine) -> None:
        machine.claim()
        assert machine.spec["timeout"] == 5400
        machine.say("training", "epoch 1\n")
        machine.done(None, "It was stopped after 90 minutes.", timed_out=True)

    world.runner.does(slow)
    assert "time" in pull.report
    assert pull.check_run.conclusion == "timed_out"


def test_nothing_to_do_is_reused_and_names_the_way_to_train_all_the_same(world: World, pull: PullRequest) -> None:
    pull.comment("/run -n again")

    def unchanged(machine: Machine) -> None:
        machine.claim()
        machine.commit()
        machine.done()

    world.runner.does(unchanged)
    report = pull.report
    assert "reused" in report.lower()
    assert "/run -f" in report
    assert pull.head == pull.head_before
    assert pull.experiments == {}


def test_other_parameters_than_asked_for_are_not_taken(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")

    def stubborn(machine: Machine) -> None:
        write(machine.tree, {"params.yaml": PARAMS})

    world.runner.does(training({"accuracy": 0.99, "loss": 0.01}, extra=stubborn))
    report = pull.report
    assert "0.01" in report
    assert "0.1" in report
    assert pull.head == pull.head_before
    assert pull.experiments == {}


@pytest.mark.parametrize("path", [".github/workflows/own.yml", ".dvc/config", ".gitmodules"])
def test_what_no_training_may_change_is_listed_and_refused(world: World, pull: PullRequest, path: str) -> None:
    pull.comment("/run -S train.lr=0.01")
    world.runner.does(
        training({"accuracy": 0.99, "loss": 0.01}, extra=lambda machine: write(machine.tree, {path: "x\n"}))
    )
    assert path.rpartition("/")[2] in pull.report
    assert pull.head == pull.head_before
    assert pull.experiments == {}


def test_an_undeclared_source_file_is_kept_from_the_branch(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n curious")
    world.runner.does(
        training({"accuracy": 0.99, "loss": 0.01}, extra=lambda machine: write(machine.tree, {"train.py": "evil()\n"}))
    )
    assert "train.py" in pull.report
    assert pull.head == pull.head_before
    assert set(pull.experiments) == {"curious"}


def test_two_commands_of_a_comment_are_both_done(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n one\n/run -S train.lr=0.02 --temp -n two")
    world.runner_port.script = training({"accuracy": 0.95, "loss": 0.05})
    world.train()
    assert set(pull.experiments) == {"one", "two"}
    assert len(pull.new()) == 2


def test_github_writes_of_a_run_are_few(world: World, pull: PullRequest) -> None:
    world.writes.clear()
    pull.comment("/run -S train.lr=0.01")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    # eyes, rocket; check run: queued, preparing, training, uploading, completed; on the landed commit; the report;
    # the overview: posted, under way, ended; the status of the head: pending twice, ended; of the landed commit
    assert len(world.writes) <= 16, world.writes
