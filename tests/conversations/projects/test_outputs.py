"""Outputs that nothing keeps, that Git keeps beside DVC, or that a frozen stage has to have: said before and after."""

import pytest
import yaml

from tests.contracts.snapshots.snapshot_projects import md5
from tests.world.project import PIPELINE, files, git
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

MID = {"path": "mid.csv", "hash": "md5", "md5": "0" * 32, "size": 3}
PREPARE = "  prepare:\n    cmd: python prepare.py\n    outs:\n      - mid.csv: {cache: false}\n"
READING = PIPELINE.replace("deps: [train.py]", "deps: [train.py, mid.csv]") + PREPARE


def locked(text: str) -> str:
    """dvc.lock with what `prepare` made, which `train` read."""
    lock = yaml.safe_load(text)
    lock["stages"]["prepare"] = {"cmd": "python prepare.py", "outs": [MID]}
    lock["stages"]["train"]["deps"].append(MID)
    return yaml.safe_dump(lock, sort_keys=False)


def prepares(machine: Machine) -> None:
    lock = machine.project / "dvc.lock"
    lock.write_text(locked(lock.read_text()))


def again(machine: Machine) -> None:
    """Write the same results as before."""
    for name in ("loss.csv", "dvc.lock", "metrics.json"):
        (machine.project / name).write_bytes(git(machine.project, "show", f"HEAD:{name}").encode() + b"\n")


def without_mid(world: World) -> PullRequest:
    lock = locked(files()["dvc.lock"])
    return world.pull_request(contents={"dvc.yaml": READING, "dvc.lock": lock, ".gitignore": "mid.csv\n"})


def test_what_is_kept_nowhere_is_made_again_and_that_is_foretold(world: World) -> None:
    pull = without_mid(world)
    pull.comment("/run --script -S train.lr=0.01")
    reply = pull.reply
    assert "`train` would run, or be restored where the same inputs were trained before" in reply
    assert "; `prepare` would run again, because not all that it made is in Git or in a DVC remote." in reply
    assert "dvc exp run --name" in reply and "--allow-missing" not in reply
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, extra=prepares))
    report = pull.report
    assert "Kept nowhere: `mid.csv` (neither Git nor DVC has it)." in report
    assert "all of it is in Git" not in report and "`git switch tune && git pull` brings what is kept of it." in report
    assert "\ndvc exp run -S train.lr=0.01\n" in report, "the recipe does the same"
    pull.comment("/retry tried --push")
    assert "there is nothing to push. Kept nowhere: `mid.csv`" in pull.reply


def test_what_no_remote_has_is_made_again(world: World) -> None:
    """What DVC keeps of it is with whoever made it: plain `dvc exp run` in a clone makes it again, too."""
    cached, lock = READING.replace("mid.csv: {cache: false}", "mid.csv"), locked(files()["dvc.lock"])
    pull = world.pull_request(contents={"dvc.yaml": cached, "dvc.lock": lock, ".gitignore": "mid.csv\n"})
    pull.comment("/run --script -S train.lr=0.01")
    reply = pull.reply
    assert "; `prepare` would run again, because not all that it made is in Git or in a DVC remote." in reply
    assert "dvc exp run --name" in reply and "--allow-missing" not in reply
    pull.push({".dvc/config": "[core]\n    remote = store\n['remote \"store\"']\n    url = s3://digits/data\n"})
    world.work()
    pull.comment("/run --script -S train.lr=0.01")
    reply = pull.reply
    assert "`prepare` would be skipped" in reply and "--pull --allow-missing" in reply


def test_what_reads_what_is_made_again_may_be_skipped(world: World) -> None:
    reads = "  score:\n    cmd: python score.py\n    deps: [mid.csv]\n    outs: [score.json: {cache: false}]\n"
    lock = yaml.safe_load(locked(files()["dvc.lock"]))
    made = {"path": "score.json", "hash": "md5", "md5": md5("1\n"), "size": 2}
    lock["stages"]["score"] = {"cmd": "python score.py", "deps": [MID], "outs": [made]}
    contents = {"dvc.yaml": READING + reads, "dvc.lock": yaml.safe_dump(lock), ".gitignore": "mid.csv\n"}
    pull = world.pull_request(contents={**contents, "score.json": "1\n"})
    pull.comment("/run --script -S train.lr=0.01")
    reply = pull.reply
    assert "`train` would run, or be restored" in reply and "`prepare` would run again" in reply
    assert "; `score` may run: what it reads is made again, and DVC skips it where that comes out the same." in reply


def test_what_is_there_already_is_told_with_what_is_not(world: World) -> None:
    pull = without_mid(world)
    pull.comment("/run")
    world.runner.does(training({"accuracy": 0.9, "loss": 0.1}, extra=again))
    report = pull.report
    assert "has the results of exactly this already" in report and "Kept nowhere: `mid.csv`" in report


def test_an_output_that_git_tracks_too_starts_nothing(world: World) -> None:
    pull = world.pull_request(
        contents={"dvc.yaml": PIPELINE.replace("    plots:", "    outs: [train.log]\n    plots:"), "train.log": "old\n"}
    )
    said = "`train.log` is an output of the stage `train` that DVC keeps, and Git tracks it"
    world.work()
    overview = pull.overview
    assert said in overview and "until then `/run` is refused" in overview
    for line in ("/run -S train.lr=0.01", "/run --script -S train.lr=0.01", "/run"):
        pull.comment(line)
        reply = pull.reply
        assert said in reply and "`git rm -r --cached train.log`" in reply and "nothing was started" in reply
    assert list(world.wired.ports.store.active()) == [] and not pull.experiments


def test_the_output_that_a_frozen_stage_has_to_have_is_named(world: World) -> None:
    frozen = "  plot:\n    cmd: python draw.py\n    frozen: true\n    outs: [scatter.png]\n"
    lock = yaml.safe_load(files()["dvc.lock"])
    lock["stages"]["plot"] = {"cmd": "poetry run python draw.py", "outs": [{**MID, "path": "scatter.png"}]}
    pull = world.pull_request(contents={"dvc.yaml": PIPELINE + frozen, "dvc.lock": yaml.safe_dump(lock)})
    pull.comment("/run --script -S train.lr=0.01")
    said = (
        "looks for `scatter.png` and fails where neither its cache nor its remote has it. `dvc push` from where it is"
    )
    assert said in pull.reply
    assert said in pull.overview
    pull.comment("/run -S train.lr=0.01")
    assert said in pull.reply
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "dvc pull --allow-missing scatter.png\ndvc exp run --pull --allow-missing" in pull.report


def test_all_that_stays_between_runs_is_named(world: World) -> None:
    pipeline = PIPELINE.replace("cache: false\n    plots", "cache: false\n          persist: true\n    plots")
    pipeline = pipeline.replace(
        "    metrics:", "    outs: [history: {persist: true}, none: {persist: true, cache: false}]\n    metrics:"
    )
    lock = yaml.safe_load(files()["dvc.lock"])
    lock["stages"]["train"]["outs"].append({**MID, "path": "history"})
    pull = world.pull_request(project=files() | {"dvc.yaml": pipeline, "dvc.lock": yaml.safe_dump(lock)})
    pull.comment("/run -S train.lr=0.01")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "`history`, `metrics.json` stay between runs (`persist: true`)" in pull.report


def test_only_copies_of_what_an_experiment_makes_are_promised(world: World) -> None:
    outs = '    outs: ["out/${seed}/model: {persist: true}", best: {persist: true}]\n    metrics:'
    pipeline = PIPELINE.replace("    metrics:", outs.replace('model: {persist: true}"', 'model": {persist: true}'))
    pull = world.pull_request(contents={"dvc.yaml": pipeline})
    pull.comment("/run -S seed=1,2 -n wide")
    assert "Each can resume: `best` is kept, at most once in 10 min." in pull.reply
    pull.comment("/cancel wide")
    assert pull.new()
    pull.comment("/run -S train.lr=0.3,0.2 -n same")
    assert "Each can resume: `out/7/model`, `best` are kept, at most once in 10 min." in pull.reply


@pytest.mark.parametrize(
    ("source", "said"), [("0\n", "`/run` trains what changed"), ("1\n", "`/run -f` trains this head again")]
)
def test_a_head_without_metrics_is_trained_by_run_alone_where_it_changed(world: World, source: str, said: str) -> None:
    pipeline = "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py]\n    outs: [model.bin]\n"
    read = {"path": "train.py", "hash": "md5", "md5": md5(source)}
    stage = {"cmd": "python train.py", "deps": [read], "outs": [{**MID, "path": "model.bin"}]}
    lock = yaml.safe_dump({"schema": "2.0", "stages": {"train": stage}})
    pull = world.pull_request(project={".dvc/config": "", "dvc.yaml": pipeline, "train.py": "1\n", "dvc.lock": lock})
    world.work()
    assert f"**Next:** {said}" in pull.overview
