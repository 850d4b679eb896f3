"""Sweeps: one comment starts many experiments, one table fills, one comment tells what came of them."""

from inline_snapshot import snapshot

from tests.world.project import write
from tests.world.runner import Machine
from tests.world.sweeping import again, crash, learning, states
from tests.world.wording import settled
from tests.world.world import PullRequest, World


def test_a_sweep_is_one_table_that_fills_and_one_word_at_its_end(world: World, pull: PullRequest) -> None:
    world.writes.clear()
    comment = pull.comment("/run -S train.lr=0.05,0.01 -S train.epochs=range(1,3) -n wide")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    table = pull.reply
    assert "Sweep `wide`: 0 of 4 ended" in table
    for part in ("`wide-1`", "`wide-4`", "`train.lr`", "`train.epochs`", "`0.05`"):
        assert part in table
    assert "`wide` (4 experiments)" in pull.overview
    assert "wide-1" not in pull.overview
    names = world.runner.trains_all(learning)
    assert names == ["wide-1", "wide-2", "wide-3", "wide-4"]
    told = pull.reply  # edits notify nobody; this does
    assert settled(told) == snapshot("""\
<!-- studio:sweep:<ID> -->

**★ Sweep `wide`: `wide-3` is best of 4, unconfirmed: `accuracy` 0.99 (baseline 0.90, +0.09).** Against the baseline it is better. `wide-4` ties with `wide-3` in `accuracy` and in all else that can be compared: the first of them stands for the others. Each was trained once, so the order may be due to chance.

| experiment | against the baseline | `accuracy` | `loss` | `train.lr` | `train.epochs` | state |
| :-- | :-- | --: | --: | --: | --: | :-- |
| ★ **`wide-3`** | ▲ better (+0.09) | 0.99 | 0.01 | `0.01` | `1` | succeeded |
| `wide-4` | ▲ better (+0.09) | 0.99 | 0.01 | `0.01` | `2` | succeeded |
| `wide-1` | ▲ better (+0.05) | 0.95 | 0.05 | `0.05` | `1` | succeeded |
| `wide-2` | ▲ better (+0.05) | 0.95 | 0.05 | `0.05` | `2` | succeeded |

<img alt="accuracy over 2 parameters, of 4 experiments" src="https://studio.example.com/plots/<SHA>.png" width="400">

**Next:** `/apply best` puts `wide-3` on the branch (`/apply wide-3` does so later, too), `/run --from wide-3` trains its parameters with the current head.\
""")
    assert "4 of 4 ended" in pull.now(table)
    assert "★ **`wide-3`**" in pull.now(table)
    assert set(pull.experiments) == set(names)
    assert pull.head == pull.head_before
    (check,) = pull.checks(pull.head)
    assert (check.name, check.conclusion) == ("studio: wide", "success")
    assert "best of 4, unconfirmed" in check.output["title"]
    assert "best of 4, unconfirmed" in pull.overview
    changed = pull.git("diff", pull.head, pull.experiments["wide-4"], "--", "params.yaml").splitlines()
    assert [line for line in changed if line[0] in "+-" and line[1:2] not in "+-"] == [
        "-  lr: 0.1   # learning rate",
        "-  epochs: 10",
        "+  lr: 0.01   # learning rate",
        "+  epochs: 2",
    ]
    # eyes, rocket, table, check run, its end, the word at the end, overview; the status: pending, ended
    edits = [each for each in world.writes if each.startswith("PATCH") and "/issues/comments/" in each]
    assert len(world.writes) - len(edits) <= 9, world.writes
    pull.comment("/apply best")
    assert "best of 4, unconfirmed" in pull.reply
    assert pull.experiments["wide-3"] == pull.head
    world.work()
    status = pull.status()
    assert "wide-3: accuracy" in str(status and status.description)


def test_handled_again_a_sweep_is_the_same(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run -S train.lr=0.05,0.01")
    table = pull.reply
    before = {run.id: run for run in world.wired.ports.store.active()}
    assert len(before) == 2
    again(world, comment.id)
    assert {run.id: run for run in world.wired.ports.store.active()} == before
    assert pull.new() == []
    sweep = next(iter(before.values())).experiment.sweep.name
    pull.comment(f"/cancel {sweep}")
    assert "2 of 2 did not work" in pull.reply
    assert "2 of 2 ended" in pull.now(table)
    world.train()
    assert world.runner_port.trained == []
    assert world.wired.ports.store.active() == []


def test_more_than_the_configured_number_is_confirmed_first(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run --queue -S train.epochs=range(0,30) -n many")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert "a sweep of 30 experiments; more than 20" in reply
    assert "/run --queue -S train.epochs=range(0,30) -n many --yes" in reply
    pull.comment("/run --queue -S train.epochs=range(0,30) -n many --yes")
    assert "0 of 30 ended, 30 in the queue" in pull.reply
    pull.comment("/run -S train.lr=0.01 -n many-7")
    assert "`many-7` is the name of an experiment already" in pull.reply


def test_three_that_fail_alike_hold_the_rest_back(world: World, pull: PullRequest) -> None:
    pull.comment("/run --queue -S train.lr=0.05,0.04,0.03,0.02,0.01 -n doomed")
    table = pull.reply
    pull.comment("/start --jobs 1")
    pull.new()
    assert world.runner.trains_all(crash) == ["doomed-1", "doomed-2", "doomed-3"]
    warned = pull.reply
    assert "first 3 experiments of the sweep `doomed` failed in the same way" in warned
    assert "ValueError: no 1" in warned
    assert "`/logs doomed-1`" in warned
    assert "3 of 5 ended, 2 in the queue" in pull.now(table)
    pull.comment("/start")
    assert "2 experiments" in pull.reply
    assert world.runner.trains_all(learning) == ["doomed-4", "doomed-5"]
    told = pull.reply
    assert "`doomed-5` is best of 2, unconfirmed" in told
    assert "3 of 5 did not work" in told
    assert "`doomed-1`, `doomed-2`, `doomed-3`: failed with exit code 1" in told
    pull.comment("/retry failed")
    assert world.runner.trains_all(learning) == ["doomed-1", "doomed-2", "doomed-3"]
    assert "`doomed-5` is best of 5, unconfirmed" in pull.reply
    assert "5 of 5 ended" in pull.now(table)
    assert len(pull.experiments) == 5


def test_a_sweep_whose_results_are_all_refused_is_held_back(world: World, pull: PullRequest) -> None:
    def otherwise(machine: Machine) -> None:
        learning(machine, lambda: write(machine.tree, {"params.yaml": "train: {lr: 7.0, epochs: 3}\n"}))

    pull.comment("/run --queue -S train.lr=0.05,0.04,0.03,0.02,0.01 -n doomed")
    pull.comment("/start --jobs 1")
    pull.new()
    assert world.runner.trains_all(otherwise) == ["doomed-1", "doomed-2", "doomed-3"]
    assert "first 3 experiments of the sweep `doomed` failed in the same way" in pull.reply
    assert states(world, pull) == ["refused"] * 3 + ["in the queue"] * 2


def test_rerun_of_a_sweeps_check_trains_again_what_did_not_work(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.05,0.04 -n two")
    world.runner.trains_all(crash)
    assert len(pull.new()) == 2
    check = pull.check("two")
    assert check.conclusion == "failure"
    pull.press(check)
    assert states(world, pull) == ["failed", "failed", "queued", "queued"]
    assert pull.check("two").status == "in_progress"
    pull.comment("/cancel two")
    assert "2 of 2 did not work" in pull.reply


def test_what_a_failure_said_is_told_without_credentials(world: World, pull: PullRequest) -> None:
    def leak(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "ValueError: no access with ghp_0123456789abcdefghij</details>@grace\n")
        machine.done(1)

    pull.comment("/run --from two -S train.lr=0.05,0.04 -n two")
    assert "No experiment `two`" in pull.reply
    pull.comment("/run -S train.lr=0.05,0.04 -n two")
    pull.new()
    world.runner.trains_all(leak)
    told = pull.reply
    assert "`ValueError: no access with ***</details>@grace`" in told
    assert "ghp_" not in told


def test_a_sweep_in_a_locked_conversation_is_given_up(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.05,0.04 -n two")
    pull.new()
    world.fault("POST", r".*/issues/\d+/comments", 403, body={"message": "The issue is locked."}, times=9)
    world.runner.trains_all(crash)
    assert pull.new() == []
    assert world.wired.ports.store.active() == []


def test_what_all_of_a_sweep_set_alike_is_told(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.05,0.04 -S train.epochs=4 -S train.optimizer=sgd -n two")
    table = pull.reply
    assert "All of them set `train.epochs=4`, too." in table, "the optimizer is the baseline's"
    world.runner.trains_all(learning)
    (report,) = pull.new()
    assert "All of them set `train.epochs=4`, too." in report
    assert "`train.lr`, `train.epochs=4` |" in pull.overview


def test_a_member_that_is_reused_is_no_experiment_and_it_is_said_whose_results_it_has(
    world: World, pull: PullRequest
) -> None:
    def training(machine: Machine) -> None:
        if machine.post("claim", {})["name"] == "wide-2":
            learning(machine)
            return
        machine.claim()
        machine.commit()  # of nothing: DVC skipped every stage
        machine.done()

    pull.comment("/run -S train.lr=0.1,0.01 -n wide")
    table = pull.reply
    world.runner.trains_all(training)
    pull.new()
    base = f"`{pull.head_before[:7]}`"
    assert set(pull.experiments) == {"wide-2"}
    assert f"*reused*: {base} has exactly these results" in pull.now(table)
    assert "`wide` (1 experiment)" in pull.overview and "2 of 2 ended (1 reused)" in pull.overview
    pull.comment("/status")
    reply = pull.reply
    assert f"1 experiment, not on the branch, reused from {base}" in reply and "2 of 2 ended (1 reused)" in reply
    for line in ("/diff base wide-1", "/apply wide-1"):
        pull.comment(line)
        reply = pull.reply
        assert f"`wide-1` was reused: it made nothing that {base} does not have, and is no experiment of its" in reply
    pull.comment(f"/diff base {pull.head_before[:7]}")
    assert pull.reply
