"""The sticky comment and the commit status: a pull request tells by itself how it stands."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from inline_snapshot import snapshot

import jobs
from bot.events import PullChanged
from reports.overview.comment import MARKER
from services.redis.queue import REPOSITORY
from tests.world.project import PARAMS, files, results
from tests.world.runner import Machine, training
from tests.world.wording import settled
from tests.world.world import BOT, PullRequest, World

LIMIT = {"message": "You have exceeded a secondary rate limit."}


@pytest.fixture
def opened(world: World, pull: PullRequest) -> PullRequest:
    """A pull request whose overview was made."""
    world.work()
    return pull


def trained(accuracy: float) -> dict[str, str]:
    """What a push of another result changes."""
    params = PARAMS.replace("lr: 0.1 ", "lr: 0.2 ")
    return {"params.yaml": params, **results(params, {"accuracy": accuracy, "loss": 0.1}, [1.0, 0.1])}


def test_an_opened_pull_request_is_reported(world: World, opened: PullRequest) -> None:
    assert settled(opened.overview) == snapshot("""\
<!-- studio:overview -->

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
    status = opened.status()
    assert status is not None
    assert (status.state, status.description) == ("success", "accuracy 0.9 (0), unchanged against main")
    (comment,) = opened.overviews
    assert status.target_url == f"{world.sandbox.url}/grace/digits/pull/1#issuecomment-{comment.id}"


def test_a_rule_for_a_metric_that_is_not_there_is_told_once(world: World) -> None:
    pull = world.pull_request(project={**files(), ".github/studio.yml": "metrics: {Score: {better: higher}}\n"})
    world.work()
    said = "`metrics` has a rule for `Score`, and no metric has that name: there are `accuracy`, `loss`."
    assert pull.overview.count(said) == 1


def test_a_push_edits_the_same_comment(world: World, opened: PullRequest) -> None:
    (before,) = opened.overviews
    opened.push(trained(0.95))
    world.work()
    (after,) = opened.overviews
    assert after.id == before.id
    assert "better" in after.body.lower()
    assert "0.95" in after.body
    assert "`train.lr`" in after.body
    status = opened.status()
    assert status is not None and status.description == "accuracy 0.95 (+0.05), better against main"


def test_nothing_new_is_written_once(world: World, opened: PullRequest) -> None:
    world.writes.clear()
    opened.reopen()
    assert world.writes == []


def test_events_in_a_row_are_one_report(world: World, pull: PullRequest) -> None:
    pull.push(trained(0.93))
    pull.push(trained(0.95))
    world.work()
    assert "0.95" in pull.overview
    assert sorted(write.rpartition("/")[0] for write in world.writes) == [
        "POST /api/v3/repos/grace/digits/issues/1",
        "POST /api/v3/repos/grace/digits/statuses",
    ]


def test_two_workers_at_once_make_one_comment(world: World, pull: PullRequest) -> None:
    event = world.understood("pull_request", world.delivered("pull_request").payload)
    assert isinstance(event, PullChanged)
    where = REPOSITORY.dump_python(event.repository)
    with ThreadPoolExecutor(2) as workers:
        for done in [workers.submit(jobs.refresh, where, pull.number, f"refresh:{each}") for each in "ab"]:
            done.result()
    world.work()
    assert len(pull.overviews) == 1


def test_what_an_older_version_asked_for_is_made(world: World, pull: PullRequest) -> None:
    """Its jobs are in the queue while the program is replaced."""
    event = world.understood("pull_request", world.delivered("pull_request").payload)
    assert isinstance(event, PullChanged)
    there = event.repository
    where = {"id": there.id, "full_name": there.full_name, "installation": there.installation, "url": there.url}
    jobs.refresh(where, pull.number, f"refresh:{there.id}:{pull.number}::0")
    assert len(pull.overviews) == 1


def test_a_deleted_comment_comes_anew(world: World, opened: PullRequest) -> None:
    (before,) = opened.overviews
    world.sandbox.delete_comment(before.id, world.maintainer)
    opened.push(trained(0.95))
    world.work()
    (after,) = opened.overviews
    assert after.id != before.id
    assert "0.95" in after.body


def test_a_forgotten_comment_is_found_by_author_and_marker_and_a_forged_one_left_alone(
    world: World, opened: PullRequest
) -> None:
    (ours,) = opened.overviews
    forged = world.sandbox.comment("grace/digits", opened.number, f"{MARKER} mine", world.outsider)
    for key in world.wired.redis.keys("memo:*"):  # Redis was lost
        world.wired.redis.delete(key)
    opened.push(trained(0.95))
    world.work()
    (after,) = opened.overviews
    assert after.id == ours.id and after.user == BOT
    assert world.sandbox.state.comments[forged.id].body == f"{MARKER} mine"


@pytest.mark.parametrize("words", ["[skip studio]", "Tidy [Skip Studio] up"])
def test_a_head_that_asks_to_be_skipped_is(world: World, opened: PullRequest, words: str) -> None:
    (before,) = opened.overviews
    skipped = opened.push(trained(0.95), words)
    world.work()
    (after,) = opened.overviews
    assert after == before
    assert opened.status(skipped) is None


def test_runs_are_shown_while_they_are_under_way_and_after(world: World, opened: PullRequest) -> None:
    opened.comment("/run -S train.lr=0.01 -n careful")
    assert "`careful`" in opened.overview
    assert "1 queued" in opened.overview
    assert "[queued](" in opened.overview
    start = opened.status(opened.head_before)
    assert start is not None and (start.state, start.description) == ("pending", "careful is queued")
    seen: list[str] = []

    def look(machine: Machine) -> None:
        world.work()
        seen.append(opened.overview)

    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, extra=look))
    assert "better" in opened.report
    assert "1 under way" in seen[0] and "[training](" in seen[0]
    overview = opened.overview
    assert "landed as" in overview
    assert "accuracy 0.95 (+0.05)" in overview
    (report,) = opened.comments
    assert f"#issuecomment-{report.id}" in overview
    for sha in (opened.head_before, opened.head):
        status = opened.status(sha)
        assert status is not None
        assert (status.state, status.description) == ("success", "careful: accuracy 0.95 (+0.05), better")
        assert (status.target_url or "").endswith(f"#issuecomment-{report.id}")


def test_a_parameter_commit_of_ours_is_skipped_and_its_run_is_shown(world: World, opened: PullRequest) -> None:
    opened.comment("/run -S train.lr=0.01 --commit first -n early")
    opened.new()
    assert opened.head != opened.head_before
    assert f"Head [`{opened.head_before[:7]}`]" in opened.overview
    assert "`early`" in opened.overview and "1 queued" in opened.overview
    status = opened.status()
    assert status is not None and status.description == "early is queued"
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in opened.report
    assert f"Head [`{opened.head[:7]}`]" in opened.overview
    assert "accuracy 0.95 (+0.05), better" in opened.overview


def test_what_did_not_land_names_the_way_onto_the_branch(world: World, opened: PullRequest) -> None:
    opened.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in opened.report
    assert "not on the branch: `/apply aside`" in opened.overview


def test_the_worst_of_what_was_asked_last_is_the_status(world: World, opened: PullRequest) -> None:
    opened.comment("/run -S train.lr=0.01 --temp -n one\n/run -S train.lr=0.02 --temp -n two")
    status = opened.status()
    assert status is not None and (status.state, status.description) == ("pending", "Runs: 2 queued")

    def once(machine: Machine) -> None:
        if len(world.runner_port.trained) == 1:
            machine.claim()
            machine.done(1, "The script ended with exit code 1.")
        else:
            training({"accuracy": 0.95, "loss": 0.05})(machine)

    world.runner_port.script = once
    world.train()
    assert len(opened.new()) == 2
    status = opened.status()
    assert status is not None and (status.state, status.description) == ("failure", "2 runs: 1 trained, 1 failed")
    opened.comment("/run -S train.lr=0.03 --temp -n three")
    world.runner.finishes(accuracy=0.96, loss=0.04)
    assert "better" in opened.report
    status = opened.status()
    assert status is not None and status.state == "success"


def test_a_stale_head_is_said_and_not_judged(world: World, opened: PullRequest) -> None:
    opened.push({"train.py": "print('other code')\n"})
    world.work()
    assert "not comparable" in opened.overview.lower()
    assert "The head's commit is stale: `train.py`" in opened.overview
    assert "**Next:** `/run` trains this head" in opened.overview


def test_the_example_is_a_parameter_that_the_pull_request_changes(world: World, opened: PullRequest) -> None:
    params = PARAMS.replace("epochs: 10", "epochs: 20")
    opened.push({"params.yaml": params, **results(params, {"accuracy": 0.95, "loss": 0.1}, [1.0, 0.1])})
    world.work()
    assert "`/run -S train.epochs=…` trains this head with another value" in opened.overview


def test_a_repository_without_anything_of_ours_hears_nothing(world: World) -> None:
    pull = world.pull_request(project={"main.py": "print(1)\n"})
    world.work()
    assert pull.overviews == []
    assert pull.status() is None


def test_under_githubs_limits_the_newest_state_wins(world: World, opened: PullRequest) -> None:
    world.fault("PATCH", r".*/issues/comments/\d+", 403, headers={"retry-after": "7"}, body=LIMIT, times=6)
    opened.push(trained(0.93))
    world.work()
    assert "0.93" in opened.overview
    opened.push(trained(0.95))
    world.work()
    assert "0.95" in opened.overview and "0.93" not in opened.overview


def test_a_status_that_was_not_granted_stops_nothing(world: World, pull: PullRequest) -> None:
    world.fault("POST", r".*/statuses/.*", 403, body={"message": "Resource not accessible by integration"})
    world.work()
    assert "unchanged" in pull.overview.lower()


def test_another_base_branch_is_an_event_and_another_title_is_none(world: World, pull: PullRequest) -> None:
    opened = world.delivered("pull_request").payload
    for changes, expected in (({"base": {"ref": {"from": "dev"}}}, True), ({"title": {"from": "x"}}, False)):
        event = world.understood("pull_request", {**opened, "action": "edited", "changes": changes})
        assert isinstance(event, PullChanged) is expected
    assert world.understood("pull_request", {**opened, "action": "labeled"}) is None
