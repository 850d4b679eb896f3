"""A repository without DVC: the same commands, by what `.github/studio.yml` declares."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UserError
from experiments.experiment import Repository
from experiments.judging.evaluation import UNKNOWN, unmeasured
from experiments.settings.repo_config import parse
from handlers.lookup.changed_since import changed_since
from services.git.repository import Mirrors
from tests.world import plain
from tests.world.plain import FILES, STUDIO
from tests.world.project import git, write
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

PROJECT = {**FILES, ".github/studio.yml": STUDIO}


@pytest.fixture
def pull(world: World) -> PullRequest:
    """A pull request whose head was trained, by hand and committed."""
    return world.pull_request(project={**PROJECT, **measured(0.1)})


def measured(rate: float) -> dict[str, str]:
    """Results somebody committed; what they say is of no interest here."""
    return {
        "metrics.json": f'{{"loss": {rate}}}',
        "eval.yaml": "fit:\n  slope: 1.5\n",
        "eval.toml": "bias = 0.5\n",
        "history.tsv": "epoch\tscore\n1\t0.1\n2\t0.7\n",
    }


def experiments(pull: PullRequest) -> dict[str, str]:
    """Return name -> SHA of the experiments that DVC does not see."""
    assert pull.experiments == {}, "below refs/exps is DVC's"
    lines = pull.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/studio/exps").splitlines()
    return {line.split()[0].rpartition("/")[2]: line.split()[1] for line in lines}


def test_parameters_of_every_language_are_listed(pull: PullRequest) -> None:
    pull.comment("/params")
    reply = pull.reply
    for row in (
        "| `lr` | `0.1` | float | `params.yaml` |",
        "| `train.steps` | `20` | int | `conf/model.toml` |",
        "| `points` | `10` | int | `conf/data.json` |",
        "| `OFFSET` | `1.0` | float | `settings.py` |",
    ):
        assert row in reply
    assert "stages" not in reply
    assert "dvc" not in reply.lower()


def test_a_run_edits_trains_reports_and_lands_as_one_commit(world: World, pull: PullRequest) -> None:
    comment = pull.comment(
        "/run -S lr=0.5 -S conf/model.toml:train.steps=40 -S points=12 -S settings.py:OFFSET=2.0 -n steeper"
    )
    assert pull.reactions(comment) == ["eyes", "rocket"]
    world.runner.does(plain.training())
    report = pull.report
    assert "better: `loss`" in report.lower()
    for metric in ("`fit.slope`", "`bias`", "`score`", "`loss`"):
        assert metric in report
    assert "/plots/" in report  # the curve, drawn
    assert "| `train.steps` | `20` | `40` | `conf/model.toml` |" in report
    for line in ("git fetch origin refs/studio/exps/", "pip install -r requirements.txt && python train.py"):
        assert line in report
    for words in ("dvc exp", "dvc pull", "dvc.yaml", "Without DVC"):
        assert words not in report
    assert experiments(pull) == {"steeper": pull.head}
    assert pull.git("rev-parse", f"{pull.head}^") == pull.head_before
    assert pull.message.startswith("Set lr=0.5")
    for path, line in {
        "params.yaml": "lr: 0.5  # the rate",
        "conf/model.toml": "steps = 40  # enough",
        "settings.py": "OFFSET = 2.0  # where the line begins",
    }.items():
        assert line in pull.git("show", f"{pull.head}:{path}")
    assert "plots/loss.csv" in pull.git("diff", "--name-only", pull.head_before, pull.head)
    assert pull.check_run.conclusion == "success"
    assert f"landed as [`{pull.head[:7]}`]" in pull.overview
    assert "git switch tune && git pull`" in report


def test_temp_apply_branch_and_from_find_it(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S lr=0.5 --temp -n aside")
    world.runner.does(plain.training())
    assert "`/apply aside`" in pull.report
    assert pull.head == pull.head_before
    pull.comment("/run -n aside")
    assert "is the name of an experiment already" in pull.reply
    pull.comment("/branch aside")
    assert "`aside-branch`" in pull.reply
    pull.comment("/run --from aside -S OFFSET=3.0 --temp -n further")
    world.runner.does(plain.training())
    assert "`OFFSET`" in pull.report
    assert "lr: 0.5" in pull.git("show", f"{experiments(pull)['further']}:params.yaml")
    pull.comment("/apply aside")
    assert "`aside` is on `tune`" in pull.reply
    assert pull.head == experiments(pull)["aside"]
    pull.comment("/status")
    assert "further" in pull.reply
    pull.comment("/logs further")
    assert "begun" in pull.reply


def test_without_hashes_results_hold_on_a_moved_head_only_if_nothing_else_moved(
    world: World, pull: PullRequest
) -> None:
    for name, rate in (("one", 0.2), ("two", 0.5)):
        pull.comment(f"/run -S lr={rate} --temp -n {name}")
        world.runner.does(plain.training())
        assert pull.report
    pull.comment("/apply one")
    assert "is on `tune`" in pull.reply
    pull.comment("/apply two")  # the head has another lr now
    assert "set the same parameters" in pull.reply
    tip = pull.push({"params.yaml": FILES["params.yaml"], "README.md": "Back to where it began.\n"})
    pull.comment("/apply two")
    assert "the head had moved on" in pull.reply.lower()
    assert pull.git("rev-parse", f"{pull.head}^") == tip
    assert pull.git("diff", "--name-only", pull.head, experiments(pull)["two"]) == "README.md"


def test_on_other_code_only_parameters_can_be_applied(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S lr=0.5 --temp -n aside")
    world.runner.does(plain.training())
    assert pull.report
    tip = pull.push({"train.py": FILES["train.py"] + "# other\n", "README.md": "Another line.\n"})
    comment = pull.comment("/apply aside")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    for part in ("- `train.py`", "may not hold", "/apply aside --params-only", "/run --from aside"):
        assert part in reply
    assert "metrics.json" not in reply
    assert "README" not in reply
    assert pull.head == tip
    pull.comment("/apply aside --params-only")
    assert "Only its parameters" in pull.reply
    assert pull.git("diff", "--name-only", tip, pull.head) == "params.yaml"


def test_commit_first_and_retry(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S lr=0.5 --commit first -n early")
    first = pull.head
    assert pull.message == "Set lr=0.5 [skip studio]"

    def crash(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "ValueError: no\n")
        machine.done(1, "The script ended with exit code 1.")

    world.runner.does(crash)
    assert "exit code 1" in pull.report
    pull.comment("/retry")
    world.runner.does(plain.training())
    report = pull.report
    assert pull.head_before[:7] in report
    assert pull.git("rev-parse", f"{pull.head}^") == first
    assert experiments(pull) == {"early": pull.head}


def test_the_same_results_again_are_said_to_be_that(world: World, pull: PullRequest) -> None:
    pull.comment("/run -n once")
    world.runner.does(plain.training())
    assert pull.report
    pull.comment("/run -n twice")
    world.runner.does(plain.training())
    assert "trained again and every output came out identical" in pull.report
    assert set(experiments(pull)) == {"once"}


def test_a_file_that_is_not_declared_keeps_the_commit_from_the_branch(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S lr=0.5 -n curious")
    world.runner.does(plain.training(lambda machine: write(machine.tree, {"train.py": "evil()\n"})))
    report = pull.report
    assert "train.py" in report
    assert "Without DVC only metrics and plots can be declared." in report
    assert "Other files are kept out of Git like this: `git rm --cached train.py`" in report
    assert pull.head == pull.head_before
    pull.comment("/apply curious")
    reply = pull.reply
    assert "train.py (not declared as an output)" in reply
    assert f"git fetch origin refs/studio/exps/{pull.head[:2]}/{pull.head[2:]}/curious" in reply


def test_the_head_cannot_declare_for_itself(world: World, pull: PullRequest) -> None:
    pull.push({".github/studio.yml": STUDIO.replace("metrics.json", "train.py")})
    pull.comment("/run -S lr=0.5 --temp -n aside")
    world.runner.does(plain.training())
    assert pull.report


class Endless(Mirrors):
    """A Git whose histories are too long to be looked through."""

    def changes(self, repository: Repository, sha: str, paths: Sequence[str], most: int) -> list[str]:
        raise UserError("too long")


def test_a_history_too_long_to_be_looked_through_stops_nothing(world: World, pull: PullRequest) -> None:
    world.work()
    ports, repository = world.wired.ports, Repository(world.repository.id, "grace/digits", installation=0)
    mirrors = Endless(world.wired.settings.data_dir / "mirrors", lambda _: "", lambda _: "", lambda _: None)
    endless = replace(ports, git=mirrors)
    snapshot = ports.snapshots.take(repository, pull.head, "", parse(STUDIO.encode()).declared)
    since = changed_since(endless, repository, snapshot, ())
    assert since == UNKNOWN
    assert "is more than can be looked through" in unmeasured(since, "the head")


def test_numbers_that_are_older_than_the_code_are_said_to_be(world: World, pull: PullRequest) -> None:
    world.work()
    assert "Unchanged" in pull.overview
    pull.push({"train.py": FILES["train.py"] + "# better\n"})
    world.work()
    assert "Not comparable" in pull.overview
    assert "were made before `train.py` changed" in pull.overview
    pull.comment("/run -S lr=0.5")
    world.runner.does(plain.training())
    report = pull.report
    assert "**? Not comparable:" in report
    assert "The numbers of the baseline were made before `train.py` changed" in report
    assert "were made before" not in pull.overview


def test_without_dvc_and_without_configuration_it_is_said_what_to_add(world: World) -> None:
    pull = world.pull_request(project={"train.py": "print()\n"}, contents={".github/studio.yml": "script: make\n"})
    pull.comment("/run -S lr=1")
    reply = pull.reply
    assert "and `metrics` is missing there" in reply
    assert "`dvc init` makes it one" in reply
    assert "```yaml\nscript: python train.py\nparams: [params.yaml]\nmetrics: [metrics.json]\n" in reply


def test_where_nothing_can_be_trained_nobody_is_told_that_run_trains(world: World) -> None:
    pull = world.pull_request(project={"train.py": "print()\n", ".github/studio.yml": "primary: loss\n"})
    for command in ("/status", "/params"):
        pull.comment(command)
        reply = pull.reply
        assert (
            "There is nothing to train at this head. Without DVC, `.github/studio.yml` on the base branch says how a project is trained"
            in reply
        )
        assert "and `script` and `metrics` are missing there: `/run` shows an example." in reply
        assert "`/run` trains" not in reply
    pull.comment("/logs")
    assert "`/run` trains" not in pull.reply
    pull.comment("/run")
    assert "and `script` and `metrics` are missing there" in pull.reply


def test_declared_paths_that_lead_out_are_named_and_the_rest_holds(world: World) -> None:
    wrong = "script: x\nparams: [../p.yaml, params.yaml]\nmetrics: [/etc/passwd, metrics.json]\nplots: [.git/config]\n"
    pull = world.pull_request(project={**PROJECT, **measured(0.1), ".github/studio.yml": wrong})
    pull.reopen()
    overview = pull.overview
    for path in ("`../p.yaml` under `params`", "`/etc/passwd` under `metrics`", "`.git/config` under `plots`"):
        assert path in overview
    assert "`loss`" in overview
    pull.comment("/params")
    assert "| `lr` |" in pull.reply


def test_with_dvc_the_pipeline_says_what_is_read(world: World) -> None:
    pull = world.pull_request(contents={".github/studio.yml": "metrics: [other.json]\nparams: [train.py]\n"})
    pull.reopen()
    overview = pull.overview
    assert "those named in `.github/studio.yml` are not looked at" in overview
    assert "`accuracy`" in overview
    assert "other.json" not in overview


def test_a_clone_is_shown_the_experiment_by_plain_git(world: World, pull: PullRequest, tmp_path: Path) -> None:
    pull.comment("/run -S lr=0.5 --temp -n aside")
    world.runner.does(plain.training())
    assert pull.report
    git(tmp_path, "clone", "--quiet", str(world.repository.folder), "clone")
    (ref,) = git(tmp_path / "clone", "ls-remote", "origin", "refs/studio/exps/*").splitlines()
    git(tmp_path / "clone", "fetch", "--quiet", "origin", ref.split()[1])
    assert "+lr: 0.5" in git(tmp_path / "clone", "diff", "FETCH_HEAD^", "FETCH_HEAD")
