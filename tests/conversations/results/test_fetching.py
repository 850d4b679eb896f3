"""What only the DVC remote holds is brought by an agent, once, without training."""

import io
import tarfile

from tests.conversations.results.test_landing import exp_push
from tests.world.project import STUDIO, files, git
from tests.world.runner import Machine, Script
from tests.world.world import PullRequest, World

REMOTE = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://models/digits\n"


def cached(
    world: World, accuracy: float, remote: str = REMOTE, studio: str = STUDIO, stage: str = "cmd: python train.py"
) -> tuple[PullRequest, str]:
    """A project whose metric file is in the DVC cache only; and what is in that file.

    Tests share the snapshots of commits: what one test fetched is there in the next, unless the numbers differ.
    """
    project = files(accuracy) | {".dvc/config": remote, ".github/studio.yml": studio}
    measured = project.pop("metrics.json")
    project["dvc.yaml"] = project["dvc.yaml"].replace("metrics.json:\n          cache: false", "metrics.json")
    project["dvc.yaml"] = project["dvc.yaml"].replace("cmd: python train.py", stage)
    return world.pull_request(project=project), measured


def bringing(measured: str, seen: list[Machine]) -> Script:
    """Return a script of an agent that pulls what it was asked for."""

    def script(machine: Machine) -> None:
        machine.claim()
        seen.append(machine)
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as archive:
            for name in machine.spec["baseline_files"]:
                entry = tarfile.TarInfo(name)
                entry.size = len(measured.encode())
                archive.addfile(entry, io.BytesIO(measured.encode()))
        machine.upload("baseline.tar", data.getvalue())
        machine.done()

    return script


def test_cached_metrics_are_fetched_and_shown_in_the_same_comment(world: World) -> None:
    pull, measured = cached(world, 0.9)
    world.work()
    (before,) = pull.overviews
    assert "was not fetched" in before.body
    assert "is being fetched" in before.body
    seen: list[Machine] = []
    world.runner_port.script = bringing(measured, seen)
    world.train()
    assert {machine.spec["sha"] for machine in seen} == {pull.head, pull.git("rev-parse", "main")}
    for machine in seen:
        assert machine.spec["script"] == [] and machine.spec["edits"] == {} and machine.spec["collect"] == []
        assert machine.spec["baseline_files"] == ["metrics.json"]
    (after,) = pull.overviews
    assert after.id == before.id
    assert "fetched" not in after.body
    assert "0.9" in after.body and "unchanged" in after.body.lower()
    assert "Runs" not in after.body
    assert pull.checks(pull.head) == [] and pull.comments == []
    assert world.wired.ports.store.active() == []


def failing(why: str) -> Script:
    """Return a script of an agent that gets nothing from the remote."""

    def script(machine: Machine) -> None:
        machine.claim()
        machine.done(1, why)

    return script


DENIED = "The DVC remote did not give metrics and plots: `metrics.json`: AccessDenied"
LACKING = "The DVC remote did not give metrics and plots: `metrics.json`: the remote does not have it."


def test_what_could_not_be_fetched_is_said_with_its_cause_and_tried_again_by_the_clock(world: World) -> None:
    pull, measured = cached(world, 0.8)
    world.work()
    world.runner_port.script = failing(DENIED)
    world.train()
    assert f"the head and the base could not be fetched: {DENIED}. It is tried" in pull.overview
    assert pull.overview.count("`metrics.json`") == 1, "it is said once"
    assert "It is tried again after" in pull.overview and "`/retry` tries at once" in pull.overview
    assert "is being fetched" not in pull.overview
    assert len(world.runner_port.trained) == 2
    pull.reopen()
    world.wait(290)
    world.train()
    assert len(world.runner_port.trained) == 2, "not before it is due"
    world.wait(20)
    assert "is being fetched" in pull.overview
    assert f"could not be fetched before: {DENIED}. It is tried again now." in pull.overview
    world.train()
    assert len(world.runner_port.trained) == 4
    world.wait(310)
    world.train()
    assert len(world.runner_port.trained) == 4, "later each time"
    world.runner_port.script = bringing(measured, [])
    world.wait(1800)
    world.train()
    assert len(world.runner_port.trained) == 6
    assert "fetched" not in pull.overview and "0.8" in pull.overview
    world.wait(86_400)
    world.train()
    assert len(world.runner_port.trained) == 6 and pull.comments == []


def test_who_asks_has_it_tried_again_at_once_and_hears_the_cause(world: World) -> None:
    pull, measured = cached(world, 0.81)
    world.work()
    world.runner_port.script = failing(DENIED)
    world.train()
    pull.comment("/diff", by=World.reader)
    assert "Fetching needs write access to this repository: somebody who has it can type the same" in pull.reply
    pull.comment("/diff")
    said = pull.reply
    assert f"The last try to fetch it did not work: {DENIED}." in said
    assert "is being fetched. Type it again in a minute." in said
    world.train()
    assert len(world.runner_port.trained) == 4
    pull.comment("/plots")
    assert "fetched" not in pull.reply, "its plots are in Git"
    pull.comment("/plots --trend accuracy")
    assert "Their metrics are in the DVC cache or remote only: `/diff` fetches those" in pull.reply
    pull.comment("/show")
    reply = pull.reply
    assert "`/diff` fetches them." in reply and "measured anything" not in reply
    pull.comment("/diff")
    assert "**Not compared: their metrics are not fetched.**" in pull.reply
    world.train()
    assert len(world.runner_port.trained) == 6
    pull.comment("/retry")
    assert f"The last try to fetch it did not work: {DENIED}." in pull.reply
    pull.comment("/diff")
    assert "is being fetched" in pull.reply
    world.runner_port.script = bringing(measured, [])
    world.train()
    assert len(world.runner_port.trained) == 8, "one try at a time, however often somebody asks"
    assert "fetched" not in pull.overview


def test_a_closed_pull_request_has_nothing_fetched(world: World) -> None:
    pull, measured = cached(world, 0.82)
    world.work()
    world.runner_port.script = failing(DENIED)
    world.train()
    world.sandbox.close_pull("grace/digits", pull.number, world.maintainer)
    world.work()
    world.wait(400)
    world.train()
    assert len(world.runner_port.trained) == 2
    pull.reopen()
    world.runner_port.script = bringing(measured, [])
    world.train()
    assert "fetched" not in pull.overview and "0.82" in pull.overview


def test_an_agent_that_brings_less_than_it_was_asked_for_did_not_fetch_it(world: World) -> None:
    pull, _ = cached(world, 0.83)
    world.work()

    def bring_nothing(machine: Machine) -> None:
        machine.claim()
        machine.done()

    world.runner_port.script = bring_nothing
    world.train()
    assert "could not be fetched: Nothing came. It is tried again after" in pull.overview


def test_what_the_remote_lacks_is_not_promised_in_a_minute(world: World) -> None:
    pull, _ = cached(world, 0.84)
    world.work()
    world.runner_port.script = failing(LACKING)
    world.train()
    helps = f"{LACKING} `dvc push` in a clone that has it puts it there."
    assert helps in pull.overview
    pull.comment("/diff")
    said = pull.reply
    assert f"{helps} It is looked for once more now." in said and "in a minute" not in said


def test_what_a_frozen_stage_needs_and_the_remote_lacks_comes_before_a_run(world: World) -> None:
    pull, _ = cached(world, 0.83, stage="cmd: python train.py --again\n    frozen: true")
    world.work()
    assert "DVC looks for `metrics.json`" in pull.overview
    assert "**Next:** `/run" in pull.overview
    world.runner_port.script = failing(LACKING)
    world.train()
    said = "**Next:** push `metrics.json` to the DVC remote, or fix the frozen stage as described; until then `/run` fails."
    assert said in pull.overview, pull.overview


def test_without_a_dvc_remote_nobody_is_sent_and_the_overview_says_so(world: World) -> None:
    pull, _ = cached(world, 0.7, remote="")
    world.work()
    world.train()
    assert world.runner_port.trained == []
    assert "is not fetched: `.dvc/config` of this commit names no default DVC remote." in pull.overview
    theirs = files(0.94)
    exp_push(pull, "theirs", {"dvc.lock": theirs["dvc.lock"], "loss.csv": theirs["loss.csv"]})
    pull.comment("/show")
    said = pull.reply
    assert "remote only: `.dvc/config` of this commit names no default DVC remote." in said
    assert "fetches them" not in said


def test_a_fork_is_reported_from_git_alone(world: World) -> None:
    pull, _ = cached(world, 0.6)
    world.work()
    before = len(world.wired.ports.store.active())
    fork = world.sandbox.add_repository("mallory/digits", parent="grace/digits", private=True)
    commit = git(fork.repository.folder, "commit-tree", "-p", pull.head, "-m", "Mine", f"{pull.head}^{{tree}}")
    fork.git("update-ref", "refs/heads/mine", commit)
    number = world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Mine", "", world.outsider).number
    world.work()
    theirs = PullRequest(world, number, pull.tree)
    assert "Branches of forks are not trained" in theirs.overview
    assert "/run" not in theirs.overview
    assert len(world.wired.ports.store.active()) == before


def test_what_somebody_pushed_is_fetched_when_it_is_asked_for(world: World) -> None:
    pull, measured = cached(world, 0.87)
    world.work()
    world.runner_port.script = bringing(measured, [])
    world.train()
    theirs = files(0.93)
    exp_push(pull, "theirs", {"dvc.lock": theirs["dvc.lock"], "loss.csv": theirs["loss.csv"]})
    pull.comment("/show", by=World.reader)
    assert "`theirs` are in the DVC cache or remote only: Fetching needs write access to this" in pull.reply
    pull.comment("/show")
    assert "Metrics of `theirs` are in the DVC cache or remote only: `/diff HEAD theirs` fetches them." in pull.reply
    pull.comment("/diff HEAD theirs", by=World.reader)
    said = pull.reply
    assert "of `theirs` was not fetched" in said
    assert "is being fetched" not in said, "a reader has nothing run"
    pull.comment("/diff HEAD theirs")
    assert "is being fetched. Type it again in a minute." in pull.reply
    seen: list[Machine] = []
    world.runner_port.script = bringing(theirs["metrics.json"], seen)
    world.train()
    assert len(seen) == 1
    pull.comment("/diff HEAD theirs")
    reply = pull.reply
    assert "0.87 → 0.93" in reply
    assert "fetched" not in reply
    pull.comment("/show")
    assert "★ Best is `theirs`" in pull.reply


def test_a_fetch_is_given_what_reading_needs_and_nothing_else(world: World) -> None:
    secrets = {"WANDB_API_KEY": "wandb-canary-1", "READER": "remote-canary-2", "WRITER": "remote-canary-3"}
    read, push = "{AWS_ACCESS_KEY_ID: READER}", "{AWS_ACCESS_KEY_ID: WRITER}"
    remotes = f"remotes: {{models: {{url: s3://models, repositories: [grace/*], read: {read}, push: {push}}}}}\n"
    world.declare("runners: {here: {type: local, secrets: [WANDB_API_KEY]}}\n" + remotes, secrets)
    pull, measured = cached(world, 0.73)
    world.work()
    seen: list[Machine] = []
    world.runner_port.script = bringing(measured, seen)
    world.train()
    assert "0.73" in pull.overview
    spec = seen[0].spec
    assert spec["environment"] == {}
    assert spec["remote"]["read"] == {"AWS_ACCESS_KEY_ID": "remote-canary-2"} and spec["remote"]["push"] is None
    assert "remote-canary-3" not in str(spec)
