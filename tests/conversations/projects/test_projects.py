"""Several projects in one repository: chosen by name or by what the pull request changes, and kept apart."""

import pytest

from tests.conversations.results.test_fetching import REMOTE, bringing
from tests.conversations.results.test_landing import exp_push
from tests.conversations.running.test_runs import crash
from tests.world.project import PARAMS, git, monorepo, results, write
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

LOWER = PARAMS.replace("lr: 0.1 ", "lr: 0.05 ")


def rule(pull: PullRequest, studio: str) -> None:
    """Change the settings on the base branch."""
    folder = str(pull.world.repository.folder)
    git(pull.tree, "fetch", "--quiet", folder, "refs/heads/main")
    git(pull.tree, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    write(pull.tree, {".github/studio.yml": studio})
    git(pull.tree, "commit", "--quiet", "--all", "-m", "Settings")
    git(pull.tree, "push", "--quiet", folder, "HEAD:refs/heads/main")


@pytest.fixture
def pull(world: World) -> PullRequest:
    """A pull request of a repository with `vision` and `speech`, both trained; it changes neither."""
    return world.pull_request(project=monorepo())


@pytest.fixture
def vision(pull: PullRequest) -> PullRequest:
    """Return the pull request after a change to a file of `vision`."""
    pull.head_before = pull.push({"vision/notes.md": "# Notes\n"})
    pull.world.work()
    return pull


def test_the_project_that_the_pull_request_changes_is_trained(world: World, vision: PullRequest) -> None:
    vision.comment("/run -S train.lr=0.01 -n careful")
    seen: list[Machine] = []
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, extra=seen.append))
    assert seen[0].spec["project"] == "vision" and set(seen[0].spec["edits"]) == {"params.yaml"}
    report = vision.report
    assert "Experiment `careful` of the project `vision` on" in report
    assert "`accuracy` 0.90 → 0.95" in report
    assert 'cd "$(git rev-parse --show-toplevel)"/vision\ndvc exp pull origin careful' in report
    assert "`git switch tune && git pull` brings it" in report, "DVC keeps none of it, so Git has it all"
    assert "`/run --project vision -S train.lr=…`" in report
    changed = vision.git("diff", "--name-only", vision.head_before, vision.head).split()
    assert changed == [f"vision/{name}" for name in ("dvc.lock", "loss.csv", "metrics.json", "params.yaml")]
    assert vision.check_run.name == "studio vision: careful"


def test_a_named_project_goes_before_what_is_changed(world: World, vision: PullRequest) -> None:
    vision.comment("/run --project ./speech/ -S train.lr=0.01 train -n quiet")
    seen: list[Machine] = []
    world.runner.does(training({"accuracy": 0.7, "loss": 0.3}, extra=seen.append))
    assert seen[0].spec["timeout"] == 4 * 3600, "the project's own settings"
    assert "`accuracy` 0.8 → 0.7" in vision.report
    assert "lr: 0.01" in vision.git("show", f"{vision.head}:speech/params.yaml")
    assert "lr: 0.1 " in vision.git("show", f"{vision.head}:vision/params.yaml")


def test_in_doubt_the_projects_are_listed_ready_to_copy(pull: PullRequest) -> None:
    comment = pull.comment("/studio run -S train.lr=0.01 -- train")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert "changes no file of a project" in reply
    assert "/studio run --project vision -S train.lr=0.01 -- train\n" in reply
    assert "/studio run --project speech -S train.lr=0.01 -- train\n" in reply
    pull.push({"vision/notes.md": "x\n", "speech/notes.md": "x\n"})
    pull.comment("/params")
    reply = pull.reply
    assert "changes files of `vision` and `speech`" in reply
    assert "/params --project speech" in reply


def test_a_folder_in_front_of_a_target_or_file_is_said_as_a_project(pull: PullRequest) -> None:
    pull.comment("/run vision/dvc.yaml:train -S vision/params.yaml:train.lr=0.01")
    reply = pull.reply
    assert "`vision/dvc.yaml:train` is of the project `vision`, which `--project` names" in reply
    assert "/run train --project vision -S params.yaml:train.lr=0.01\n" in reply
    pull.comment("/run vision")
    assert "/run --project vision\n" in pull.reply
    pull.comment("/run vision/train -S speech/params.yaml:train.lr=0.01")
    reply = pull.reply
    assert "one command trains one project" in reply and "Try:" not in reply


def test_an_unknown_project_is_told_with_the_nearest(world: World, pull: PullRequest) -> None:
    pull.comment("/params --project visoin")
    reply = pull.reply
    assert "did you mean `vision`?" in reply and "/params --project vision\n" in reply
    pull.comment("/params --project ../speech")
    assert "is no folder of the repository" in pull.reply


def test_the_parameters_of_one_project(pull: PullRequest) -> None:
    pull.comment("/params lr --project speech")
    reply = pull.reply
    assert "of the project `speech`" in reply
    assert "`/run --project speech -S train.lr=…`" in reply


def test_what_a_run_changes_outside_of_its_project_does_not_land(world: World, vision: PullRequest) -> None:
    vision.comment("/run -S train.lr=0.01 -n greedy")
    forged = results(LOWER, {"accuracy": 1.0, "loss": 0.0}, [0.0])
    theft = training({"accuracy": 0.95, "loss": 0.05}, extra=lambda machine: write(machine.tree / "speech", {**forged}))
    world.runner.does(theft)
    assert "speech/metrics.json" in vision.report
    assert vision.head == vision.head_before
    vision.comment("/apply greedy")
    assert "changes files of `vision` and `speech`, and an experiment is of one project" in vision.reply
    vision.comment("/run -S train.lr=0.02 --temp -n curious")
    sources = training(
        {"accuracy": 0.95, "loss": 0.05}, extra=lambda machine: write(machine.project, {"train.py": "#"})
    )
    world.runner.does(sources)
    vision.new()
    vision.comment("/apply curious")
    assert "dvc --cd vision exp pull origin curious" in vision.reply


def test_the_overview_has_a_section_for_each_project_that_is_changed_or_trained(
    world: World, vision: PullRequest
) -> None:
    overview = vision.overview
    assert "## `vision`" in overview and "## `speech`" not in overview
    assert "Other projects of this repository: `speech`." in overview
    assert "/run --project vision -S train.lr=…" in overview
    status = vision.status()
    assert status is not None and status.description == "vision: accuracy 0.9 (0), unchanged against main"
    vision.comment("/run --project speech -S train.lr=0.01 --temp -n quiet")
    world.runner.finishes(accuracy=0.85, loss=0.15)
    assert "better" in vision.report
    first, second = vision.overview.split("## `speech`")
    assert "`quiet`" in second and "accuracy 0.85 (+0.05)" in second
    assert "`quiet`" not in first and "Other projects" not in second


def test_a_pull_request_that_changes_no_project_has_a_status_and_no_comment(world: World, pull: PullRequest) -> None:
    world.work()
    assert pull.overviews == []
    status = pull.status()
    assert status is not None and (status.state, status.description) == ("success", "No project is changed")


def test_what_works_in_one_project_does_not_open_the_gate_of_another(world: World, vision: PullRequest) -> None:
    rule(vision, "projects: {vision: {}, speech: {gate: {metric: accuracy, at_least: 0.99}}}\n")
    vision.comment("/run -S train.lr=0.01 --temp -n careful")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in vision.report
    status = vision.status()
    assert status is not None and status.state == "success", "speech is not changed"
    vision.head_before = vision.push({"speech/notes.md": "x\n"})
    vision.comment("/run --project vision -S train.lr=0.02 --temp -n other")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in vision.report
    status = vision.status()
    assert status is not None
    assert (status.state, status.description) == ("failure", "speech: Gate: accuracy is 0.80, below 0.99")
    assert "✕ Gate" in vision.overview.split("## `speech`")[1]


def test_what_only_the_remote_has_is_fetched_for_its_project(world: World) -> None:
    project = monorepo()
    measured = project.pop("vision/metrics.json")
    own = project["vision/dvc.yaml"].replace("metrics.json:\n          cache: false", "metrics.json")
    pull = world.pull_request(project=project | {"vision/dvc.yaml": own, "vision/.dvc/config": REMOTE})
    pull.push({"vision/notes.md": "# Notes\n"})
    world.work()
    assert "is being fetched" in pull.overview
    seen: list[Machine] = []
    world.runner_port.script = bringing(measured, seen)
    world.train()
    for machine in seen:
        assert (machine.spec["project"], machine.spec["baseline_files"]) == ("vision", ["metrics.json"])
    assert len(seen) == 2 and "fetched" not in pull.overview and "0.9" in pull.overview


def test_an_experiment_knows_its_project(world: World, vision: PullRequest) -> None:
    vision.comment("/run --project speech -S train.lr=0.01 --temp -n quiet")
    world.runner.finishes(accuracy=0.85, loss=0.15)
    assert "better" in vision.report
    vision.comment("/run --project vision --from quiet")
    assert "/run --project speech --from quiet\n" in vision.reply
    vision.comment("/run --from quiet -f --temp -n again")
    seen: list[Machine] = []
    world.runner.does(training({"accuracy": 0.85, "loss": 0.15}, extra=seen.append))
    assert seen[0].spec["project"] == "speech"
    assert "better" in vision.report
    vision.comment("/status")
    assert "`quiet` of the project `speech`" in vision.reply
    vision.push({"vision/notes.md": "other\n"})
    vision.comment("/apply quiet")
    assert "they hold" in vision.reply
    assert "lr: 0.01" in vision.git("show", f"{vision.head}:speech/params.yaml")
    assert '"accuracy": 0.85' in vision.git("show", f"{vision.head}:speech/metrics.json")


def test_what_somebody_pushed_from_a_project_is_applied_and_gets_a_branch(vision: PullRequest) -> None:
    made = {"params.yaml": LOWER, **results(LOWER, {"accuracy": 0.88, "loss": 0.12}, [1.0, 0.4])}
    exp_push(vision, "by-hand", {f"speech/{name}": text for name, text in made.items()})
    vision.comment("/branch by-hand")
    assert "new branch" in vision.reply
    vision.comment("/run --from by-hand --temp -n later")
    vision.world.runner.finishes(accuracy=0.88, loss=0.12)
    assert "of the project `speech`" in vision.report
    vision.comment("/apply by-hand")
    assert "is on `tune`" in vision.reply


def test_retry_and_commit_first_stay_in_the_project(world: World, vision: PullRequest) -> None:
    vision.comment("/run --project speech --commit first -S train.lr=0.01 -n early")
    assert "lr: 0.01" in vision.git("show", f"{vision.head}:speech/params.yaml")
    world.runner.does(crash)
    assert "of the project `speech`" in vision.report
    vision.comment("/retry")
    world.runner.finishes(accuracy=0.85, loss=0.15)
    assert "of the project `speech`" in vision.report
    assert '"accuracy": 0.85' in vision.git("show", f"{vision.head}:speech/metrics.json")


def test_one_run_at_a_time_may_land_whatever_its_project(world: World, vision: PullRequest) -> None:
    vision.comment("/run -S train.lr=0.01 -n first")
    vision.comment("/run --project speech -S train.lr=0.01")
    reply = vision.reply
    assert "`first` is queued and may land on `tune`" in reply
    assert "/run --project speech -S train.lr=0.01 --temp" in reply
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in vision.report


def test_a_project_that_is_none_any_more_trains_nothing(world: World, vision: PullRequest) -> None:
    vision.comment("/run --project speech -S train.lr=0.01 --temp -n quiet")
    world.runner.does(crash)
    assert "of the project `speech`" in vision.report
    rule(vision, "projects: {vision: {}}\n")
    for command in ("/retry quiet", "/run --from quiet"):
        vision.comment(command)
        assert (
            "the project `speech`, which `.github/studio.yml` of the base branch does not name any more" in vision.reply
        )


def test_shared_code_belongs_to_the_projects_that_read_it(world: World) -> None:
    studio = "primary: accuracy\nprojects:\n  vision: {gate: {metric: accuracy, at_least: 0.5}}\n  speech: {}\n"
    found = {**monorepo(studio), "shared/text.py": "one\n", "docs/notes.txt": "one\n"}
    found["vision/dvc.yaml"] = found["vision/dvc.yaml"].replace("deps: [train.py]", "deps: [train.py, ../shared]")
    pull = world.pull_request(project=found)
    pull.push({"docs/notes.txt": "two\n"})
    world.work()
    assert pull.comments == [], "nobody's file"
    pull.push({"shared/text.py": "two\n"})
    world.work()
    assert "## `vision`" in pull.overview and "## `speech`" not in pull.overview
    status = pull.status()
    assert status is not None and status.state == "failure"
    assert "accuracy is stale" in str(status.description)
    pull.comment("/run -S train.lr=0.01 -n careful")
    seen: list[Machine] = []
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, extra=seen.append))
    assert seen[0].spec["project"] == "vision"
    assert "`accuracy` is stale: `../shared` changed" in pull.report
