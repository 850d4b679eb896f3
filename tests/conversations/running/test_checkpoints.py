"""Copies of what a run has learned: kept while it trains, told of, gone on from, removed."""

import io
import tarfile
from collections.abc import Sequence

import pytest
import yaml

from experiments.experiment import PullRef, Repository
from experiments.run import Run
from handlers.jobs.checkpoints import kept, tell
from tests.units.sample_run import changed
from tests.world.checkpoints import long_ago
from tests.world.project import PIPELINE, files, results, write
from tests.world.runner import Machine, training
from tests.world.sweeping import again
from tests.world.world import PullRequest, World
from wiring import wired

PERSISTENT = PIPELINE.replace("    metrics:", "    outs: [model.ckpt: {persist: true, cache: false}]\n    metrics:")
GOOD = {"accuracy": 0.95, "loss": 0.05}


@pytest.fixture
def pull(world: World) -> PullRequest:
    return world.pull_request(project=files() | {"dvc.yaml": PERSISTENT})


def copy(content: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("model.ckpt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content.encode()))
    return packed.getvalue()


def keeping(*contents: str, then: str = "vanishes") -> "Keeping":
    return Keeping(contents, then)


class Keeping:
    """It keeps these, one after the other, and then it is gone, out of time or through."""

    def __init__(self, contents: tuple[str, ...], then: str) -> None:
        self.contents, self.then = contents, then
        self.resumed: list[bytes] = []
        self.specs: list[dict[str, object]] = []

    def __call__(self, machine: Machine) -> None:
        machine.claim()
        self.specs.append(machine.spec["checkpoints"])
        if machine.spec["checkpoints"]["resume"]:
            self.resumed.append(machine.checkpoint())
        machine.say("training", "epoch 1\n")
        for content in self.contents:
            machine.keep(copy(content))
            long_ago(wired().ports.store)
        if self.then == "out of time":
            machine.done(124, "Out of time: stopped after 60 seconds of training.", timed_out=True)
        if self.then == "through":
            params = (machine.tree / "params.yaml").read_text()
            write(machine.tree, results(params, GOOD, [1.0, 0.1]) | {"model.ckpt": "done"})
            machine.commit()
            machine.done()


def test_a_run_that_was_stopped_goes_on_from_its_newest_checkpoint(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    assert "It can resume: `model.ckpt` is kept, at most once in 10 min." in pull.check_run.output["summary"]
    stopped = keeping("one", "two", "three", then="out of time")
    world.runner.does(stopped)
    report = pull.report
    assert "`/run --resume long` goes on from checkpoint 3 (" in report
    told = yaml.safe_load(pull.git("show", "refs/studio/checkpoints/long:.studio-checkpoint.yaml"))
    assert (told["experiment"], told["checkpoint"], told["of"]) == ("long", 3, ["model.ckpt"])
    assert "lr: 0.01" in pull.git("show", "refs/studio/checkpoints/long:params.yaml")
    pull.comment("/run --resume long")
    assert "`long` goes on from checkpoint 3" in pull.reply
    going_on = keeping("four", then="through")
    world.runner.does(going_on)
    assert going_on.resumed == [copy("three")]
    report = pull.report
    assert "better" in report and "- It went on from a checkpoint, and did not begin anew." in report
    assert pull.experiments == {"long": pull.head}
    assert "refs/studio" not in pull.git("for-each-ref", "--format=%(refname)"), "its result is what to go on from"


def test_a_copy_that_comes_in_after_its_attempt_is_over_is_not_kept(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")

    def late(machine: Machine) -> None:
        machine.claim()
        machine.say("training")
        store = world.wired.ports.store
        (run,) = pull.runs
        other = store.update(run.id, lambda seen: changed(seen, token_hash="of another attempt"))
        after = kept(world.wired.ports, run, [copy("late")], 4, 5.0)
        assert after == other and after.checkpoints == ()
        store.update(run.id, lambda _: run)
        machine.done(1, "The script ended with exit code 1.")

    world.runner.does(late)
    assert pull.report
    assert not list(world.wired.settings.data_dir.glob("runs/*/checkpoints/*"))


def test_only_the_newest_two_are_kept(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    world.runner.does(keeping("one", "two", "three", then="out of time"))
    assert pull.report
    found = sorted(path.name for path in world.wired.settings.data_dir.glob("runs/*/checkpoints/*"))
    assert found == ["2.tar", "3.tar"]
    pull.comment("/remove long")
    assert "Deleted: 2 checkpoints of `long`." in pull.reply
    assert not list(world.wired.settings.data_dir.glob("runs/*/checkpoints/*"))
    assert "refs/studio" not in pull.git("for-each-ref", "--format=%(refname)")


def test_a_run_whose_machine_vanished_goes_on_by_itself_and_not_for_ever(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    lost = keeping("one")
    assert world.runner.trains_all(lost) == ["long", "long", "long"]
    assert [len(each) for each in lost.resumed] == [len(copy("one"))] * 2
    report = pull.report
    assert "vanished" in report.lower() and "`/run --resume long`" in report
    pull.comment("/run --resume long")
    assert pull.reply
    world.runner.does(keeping(then="through"))
    assert "better" in pull.report


def test_without_a_checkpoint_it_begins_again_from_its_beginning(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    lost = keeping()
    assert world.runner.trains_all(lost) == ["long"] * 3
    assert lost.resumed == []
    assert "/retry long" in pull.report


def test_of_a_sweep_each_can_resume_by_itself(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01,0.02 -n wide")
    assert "Each can resume: `model.ckpt` is kept, at most once in 10 min." in pull.reply
    world.runner.trains_all(keeping("one", then="out of time"))
    assert pull.new()
    pull.comment("/run --resume wide-2")
    assert "goes on from checkpoint 1" in pull.reply
    world.runner.does(keeping(then="through"))
    assert "better" in pull.report
    assert pull.head == pull.head_before, "a member of a sweep leaves the branch alone"


def test_what_is_needed_is_not_removed_and_a_sweep_takes_its_copies_with_it(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01,0.02 -n wide")
    world.runner.trains_all(keeping("one", then="out of time"))
    assert pull.new()
    pull.comment("/run --resume wide-2 -n second")
    assert pull.reply
    pull.comment("/remove wide")
    assert "`second` goes on from the checkpoint of `wide-2` and is queued: `/cancel second` stops it" in pull.reply
    world.runner.does(keeping(then="out of time"))
    assert "`/run --resume second` goes on" in pull.report, "from what it began with"
    pull.comment("/remove wide")
    assert "Deleted: 2 checkpoints of `wide-1`, `wide-2`." in pull.reply
    assert not list(world.wired.settings.data_dir.glob("runs/*/checkpoints/*"))


def test_a_checkpoint_is_told_once(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    world.runner.does(keeping("one", then="out of time"))
    assert pull.report
    told = pull.git("rev-parse", "refs/studio/checkpoints/long")
    (run,) = [each for each in choice_of(world) if each.checkpoints]
    tell(world.wired.ports, run.id)
    assert pull.git("rev-parse", "refs/studio/checkpoints/long") == told


def choice_of(world: World) -> Sequence[Run]:
    repository = Repository(world.repository.id, "grace/digits", installation=0)
    return world.wired.ports.store.of_pull(PullRef(repository, 1))


def test_a_resumed_run_whose_head_has_moved_stays_an_experiment(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    world.runner.does(keeping("one", then="out of time"))
    assert pull.report
    tip = pull.push({"README.md": "# On\n"}, ago=60)
    world.work()
    pull.comment("/run --resume long")
    assert pull.reply
    world.runner.does(keeping(then="through"))
    report = pull.report
    assert tip[:7] in report and "/apply long" in report
    assert pull.head == tip and set(pull.experiments) == {"long"}


def test_what_the_baseline_left_is_told_where_training_may_begin_with_it(world: World) -> None:
    cached = PERSISTENT.replace("persist: true, cache: false", "persist: true")
    lock = yaml.safe_load(files()["dvc.lock"])
    lock["stages"]["train"]["outs"].append({"path": "model.ckpt", "hash": "md5", "md5": "ab" * 16, "size": 3})
    pull = world.pull_request(project=files() | {"dvc.yaml": cached, "dvc.lock": yaml.safe_dump(lock)})
    pull.comment("/run -S train.lr=0.01 -n warm")
    world.runner.does(training(GOOD))
    assert "`model.ckpt` stays between runs (`persist: true`): training may have begun" in pull.report
    pull.comment("/run -S train.lr=0.02,0.03 -n wide")
    world.runner.trains_all(training(GOOD))
    assert pull.new()


def test_reset_starts_over(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    world.runner.does(keeping("one", then="out of time"))
    assert pull.report
    pull.comment("/run --resume long --reset -n again")
    assert "`again` starts over" in pull.reply
    over = keeping(then="through")
    world.runner.does(over)
    assert over.resumed == []
    assert set(pull.experiments) == {"again"} and pull.report


@pytest.mark.parametrize("line", ["/run --resume long", "/run --resume long --reset"])
def test_handled_again_it_is_the_same(world: World, pull: PullRequest, line: str) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    world.runner.does(keeping("one", then="out of time"))
    assert pull.report
    comment = pull.comment(line)
    assert "long" in pull.reply
    (before,) = world.wired.ports.store.active()
    again(world, comment.id)
    assert world.wired.ports.store.active() == [before]
    assert pull.new() == []
    world.runner.does(keeping(then="through"))
    assert "better" in pull.report


def test_one_that_has_kept_none_yet_goes_on_from_what_it_began_with(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n long")
    world.runner.does(keeping("one", then="out of time"))
    pull.comment("/run --resume long -n second")
    world.runner.does(keeping(then="out of time"))
    pull.comment("/run --resume second -n third")
    first, *_, last = pull.runs
    assert last.experiment.execution.resumes == first.id, "whatever becomes of the one in between"
    assert pull.new()
    pull.comment("/remove long")
    assert "`third` goes on from the checkpoint of `long` and is queued" in pull.reply
    third = keeping(then="through")
    world.runner.does(third)
    assert third.resumed == [copy("one")]
    assert pull.new()
    assert not list(world.wired.settings.data_dir.glob("runs/*/checkpoints/*")), "nor of those that it went on from"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/run --resume nobody", "No run `nobody`"),
        ("/run --reset", "goes with `--resume NAME`"),
        ("/run --resume done -S train.lr=1", "only `--reset`"),
        ("/run --resume done", "it finished, and its result is what to continue from"),
        ("/run --resume ../../etc", "No run"),
        ("/logs don", "did you mean `done`?"),
    ],
)
def test_what_cannot_be_resumed_is_said(world: World, pull: PullRequest, line: str, told: str) -> None:
    pull.comment("/run -S train.lr=0.01 -n done --temp")
    world.runner.does(keeping(then="through"))
    assert pull.report
    pull.comment(line)
    assert told in pull.reply


def test_a_project_without_persistent_outputs_keeps_none(world: World) -> None:
    pull = world.pull_request()
    pull.comment("/run -S train.lr=0.01 -n plain")
    assert "It can resume" not in pull.check_run.output["summary"]
    seen: list[object] = []
    world.runner.does(training(GOOD, extra=lambda machine: seen.append(machine.spec["checkpoints"])))
    assert seen == [None] and pull.report


def test_no_run_reaches_the_checkpoint_of_another(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n one")
    world.runner.does(keeping("secret", then="out of time"))
    assert pull.report
    pull.comment("/run -S train.lr=0.02 -n two --temp")
    answers: list[int] = []

    def curious(machine: Machine) -> None:
        machine.claim()
        answers.append(machine.checkpoint_status())
        answers.append(machine.checkpoint_status(token="x" * 43))
        machine.done(1, "The script ended with exit code 1.")

    world.runner.does(curious)
    assert answers == [404, 401] and pull.report
