"""What reached where: each sentence that promises data depends on what came of pushing it."""

from dataclasses import replace
from typing import Any

import pytest

from app import create_app
from experiments.data.delivered import WAITS, Data
from tests.world.runner import Machine
from tests.world.storing import REFUSED, pushed, pushes, refused, storing, trains
from tests.world.world import PullRequest, World

AWAY = "Its data could not be pushed, and whether the DVC remote has it is not known."
GONE = "The object `abababa` that the project had before this run is in no place that was looked at."
PROMISES = ("dvc pull", "dvc exp pull", "dvc exp apply", "with its data")


@pytest.fixture
def pull(world: World) -> PullRequest:
    """Return a pull request whose training makes a model that DVC keeps."""
    return world.pull_request(project=storing())


def run(world: World, pull: PullRequest, delivered: dict[str, Any], flags: str = "", accuracy: float = 0.95) -> str:
    """The report of a run of which this was said; its name is `tried`."""
    pull.comment(f"/run -S train.lr=0.01 -n tried {flags}".rstrip())
    world.runner.does(trains(accuracy, **delivered))
    return pull.report


def fetched(pull: PullRequest) -> str:
    """Return the report as it is now."""
    return next(each.body for each in reversed(pull.comments) if "studio:run:" in each.body)


def status(pull: PullRequest) -> str:
    pull.comment("/status", by=World.reader)
    return pull.reply


def test_what_was_pushed_is_promised_everywhere(world: World, pull: PullRequest) -> None:
    report = run(world, pull, pushed())
    assert "Where it is: on `tune` as [`" in report
    assert "in Git as the experiment `tried`, its data in the DVC remote `storage`." in report
    assert "`git switch tune && git pull && dvc pull` brings it with its data." in report
    assert "dvc exp pull origin tried" in report and "Look at it in your clone (fetches 5 kB)" in report
    assert AWAY not in report
    assert "data pushed" in pull.overview and AWAY not in pull.overview
    assert "data pushed" in status(pull)
    (landed,) = pull.checks(pull.head)
    assert "its data in the DVC remote `storage`" in landed.output["summary"]
    assert "not pushed" not in landed.output["title"]


def test_what_was_not_pushed_is_said_on_top_and_promised_nowhere(world: World, pull: PullRequest) -> None:
    report = run(world, pull, refused())
    lines = [line for line in report.splitlines() if line]
    assert lines[1].startswith("**▲ Better")
    assert lines[2] == (f"**{AWAY}** {REFUSED} It is tried again by itself; `/retry tried --push` tries now.")
    assert "in Git as the experiment `tried`. Whether its data is in the DVC remote is not known." in report
    assert "`git switch tune && git pull` brings what Git has of it." in report
    assert not [words for words in PROMISES if words in report]
    assert "git switch --detach FETCH_HEAD" in report, "what Git has of it can be looked at"
    (landed,) = pull.checks(pull.head)
    assert landed.conclusion == "success" and landed.output["title"].endswith(", data not pushed")
    assert AWAY in landed.output["summary"] and not [
        words for words in PROMISES if words in landed.output["summary"] + landed.output["text"]
    ]
    assert "**data not pushed**" in pull.overview and f"**{AWAY}** {REFUSED}" in pull.overview
    said = status(pull)
    assert "**data not pushed**" in said
    assert f"`tried`: {AWAY} {REFUSED}" in said and "Tried once, last " in said and ", again in " in said
    assert "- `/retry tried --push` pushes its data to the DVC remote again" in said
    pull.comment("/show", by=World.reader)
    assert "The data of `tried` was not pushed to a DVC remote; `/status` shows why." in pull.reply
    wired = replace(world.wired, settings=replace(world.wired.settings, operator_password="let-me-in-to-this-page"))
    seen = create_app(wired).test_client().get("/operator", auth=("operator", "let-me-in-to-this-page")).text
    assert "Data that is not in its DVC remote" in seen and "<code>tried</code>" in seen and "Tried once" in seen


def test_without_a_remote_a_clone_gets_what_git_has(world: World, pull: PullRequest) -> None:
    report = run(world, pull, {"data": "no remote"})
    assert "**Its data was pushed to no DVC remote.** Its commit names no default one" in report
    assert "Not pushed to a DVC remote." in report
    assert "brings what Git has of it." in report and not [words for words in PROMISES if words in report]
    assert "data pushed to no remote" in pull.overview and "**Its data was pushed to no DVC remote.**" in pull.overview
    assert "data pushed to no remote" in status(pull)
    pull.comment("/retry tried --push")
    assert f"Neither the commit of `tried` nor the head `{pull.head[:7]}` names a default DVC remote" in pull.reply
    world.wait(WAITS[0] + 60)
    assert len(world.runner_port.trained) == 1


@pytest.mark.parametrize("flags", ["", "--temp"])
def test_the_first_remote_of_a_project_gets_what_the_runner_kept(world: World, pull: PullRequest, flags: str) -> None:
    report = run(world, pull, {"data": "no remote"}, flags)
    line = "`/retry tried --push` pushes what its runner keeps."
    assert f"Once `dvc remote add --default NAME URL` is committed, {line}" in report
    config = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = https://data.example/models\n"
    pull.push({".dvc/config": config})
    assert line in status(pull)
    landed = not flags
    assert ("**Its data was pushed to no DVC remote.**" in pull.overview) == landed, "the head still names it"
    pull.comment("/retry --push")
    assert "The data of `tried` is pushed again by the runner that keeps it" in pull.reply
    seen: list[Machine] = []
    world.runner.does(pushes(seen, **refused()))
    assert seen[0].spec["push_only"] and seen[0].spec["remote"]["name"] == "storage"
    assert f"**{AWAY}** {REFUSED}" in fetched(pull)
    world.wait(WAITS[1] + 60)
    world.runner.does(pushes(seen, **pushed()))
    assert seen[1].spec["remote"]["name"] == "storage", "the clock's try knows the remote, too"
    assert "its data in the DVC remote `storage`." in fetched(pull)
    assert "data pushed" in pull.overview and "no remote" not in pull.overview
    said = status(pull)
    assert "data pushed" in said and line not in said


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("", "its data in the DVC remote `storage`."),
        (GONE, f"Not in the DVC remote with all of its data. {GONE} `/run -f` makes it once more."),
    ],
)
def test_what_was_pushed_of_known_results_is_told(world: World, pull: PullRequest, cause: str, told: str) -> None:
    pull.comment("/run")

    def comes_out_the_same(machine: Machine) -> None:
        machine.claim()
        machine.done(delivered=pushed() | {"cause": cause})

    world.runner.does(comes_out_the_same)
    report = pull.report
    assert "Nothing was trained and nothing committed" in report
    where = f"Where it is: in `{pull.head[:7]}`"
    assert where in report and told in report and report.count("storage") == (not cause)


def test_a_sweep_has_its_data_pushed_once_there_is_a_remote(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01,0.02 -n rates")
    world.runner.trains_all(trains(0.95, data="no remote"))
    table = next(each.body for each in pull.comments if "Sweep `rates`" in each.body)
    assert "is committed, `/retry rates --push` pushes what its runner keeps." in table
    pull.new()
    pull.comment("/retry rates --push")
    assert "names a default DVC remote" in pull.reply


def test_what_nobody_told_is_unknown(world: World, pull: PullRequest) -> None:
    report = run(world, pull, {})
    assert "Whether its data is in the DVC remote is not known." in report
    assert "brings it, with its data where that was pushed, which is not known." in report
    assert "Where its data is not in the DVC remote, which is not known, the last line fails." in report
    assert "whether its data was pushed is not known" in pull.overview
    assert "whether its data was pushed is not known" in status(pull)


def test_what_dvc_keeps_nothing_of_is_all_in_git(world: World) -> None:
    pull = world.pull_request()
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    report = pull.report
    assert "DVC keeps none of it, so all of it is in Git." in report
    assert "`git switch tune && git pull` brings it." in report
    pull.comment("/retry tried --push")
    assert "DVC keeps nothing of `tried`: all that it made is in Git." in pull.reply


@pytest.mark.parametrize(
    ("delivered", "said"),
    [
        (pushed(), ""),
        (refused(), f"A clone will miss of `model.txt` what is not in the DVC remote. {AWAY} {REFUSED}"),
        (
            {"data": "no remote"},
            "A clone will miss of `model.txt` what is not in the DVC remote. Its data was pushed to no",
        ),
        ({}, "Whether a clone gets `model.txt` is not known here: `dvc pull` shows"),
    ],
)
def test_apply_and_branch_say_what_a_clone_will_miss(
    world: World, pull: PullRequest, delivered: dict[str, Any], said: str
) -> None:
    run(world, pull, delivered, "--temp")
    pull.comment("/branch tried")
    reply = pull.reply
    assert "with a [pull request 2](" in reply
    assert (said in reply) if said else ("clone" not in reply), reply
    body = world.sandbox.state.pull(world.repository, 2).body
    assert (f"When this was opened: {said}" in body) if said else ("will miss" not in body), body
    pull.comment("/apply tried")
    reply = pull.reply
    assert "`tried` is on `tune`" in reply
    assert (said in reply) if said else ("clone" not in reply), reply


def test_the_clock_tries_again_and_all_that_shows_it_says_what_came_of_it(world: World, pull: PullRequest) -> None:
    run(world, pull, refused())
    world.wait(WAITS[0] - 60)
    world.train()
    assert len(world.runner_port.trained) == 1, "not yet"
    seen: list[Machine] = []
    world.writes.clear()
    world.wait(120)
    world.runner.does(pushes(seen, **refused()))
    assert world.writes == [], "the same is said once"
    assert seen[0].spec["push_only"] and seen[0].spec["script"] == [] and seen[0].spec["sha"] == pull.head
    assert "Tried 2 times" in status(pull)
    world.wait(WAITS[1])
    world.writes.clear()
    world.runner.does(pushes(seen, **pushed()))
    assert len([each for each in world.writes if "issues/comments" in each]) == 2, "the report and the overview"
    assert len([each for each in world.writes if "check-runs" in each]) == 2, "where it began, and where it landed"
    assert len(world.writes) == 4
    report = fetched(pull)
    assert "its data in the DVC remote `storage`." in report and AWAY not in report
    assert "dvc pull` brings it with its data." in report
    assert "data pushed" in pull.overview and AWAY not in pull.overview
    (landed,) = pull.checks(pull.head)
    assert "data not pushed" not in landed.output["title"]
    assert "data pushed" in status(pull)
    world.wait(WAITS[-1])
    assert len(world.runner_port.trained) == 3 and not world.wired.ports.store.unpushed()


def test_the_clock_gives_up_after_five_tries_and_says_so(world: World, pull: PullRequest) -> None:
    run(world, pull, refused())
    for wait in WAITS:
        world.wait(wait + 60)
        world.runner.does(pushes([], **refused()))
    assert (
        "It was tried 5 times, and by itself it is not tried again; `/retry tried --push` tries once more."
        in fetched(pull)
    )
    world.wait(WAITS[-1] * 10)
    assert len(world.runner_port.trained) == 5
    pull.comment("/retry tried --push")
    assert "is pushed again by the runner that keeps it" in pull.reply
    world.runner.does(pushes([], **pushed()))
    assert pull.runs[0].result.delivered.data is Data.PUSHED


def test_a_push_that_finds_nothing_any_more_is_not_tried_again(world: World, pull: PullRequest) -> None:
    run(world, pull, refused())
    pull.comment("/retry tried --push")
    assert "each object hashed first" in pull.reply
    pull.comment("/retry --push")
    assert "The data of `tried` is being pushed already." in pull.reply
    gone = "The object `abcdef0` no longer had its hash where it was kept, and was not pushed."
    world.runner.does(pushes([], **refused(gone, lost=True)))
    again = "No push brings that; `/retry tried --force` makes once more"
    assert f"**Not all of its data is in the DVC remote.** {gone} {again}" in fetched(pull)
    world.wait(WAITS[-1])
    assert len(world.runner_port.trained) == 2
    pull.comment("/retry tried --push")
    assert "can't be pushed: its runner no longer has all of its objects" in pull.reply


def test_an_agent_that_dies_at_it_is_one_try(world: World, pull: PullRequest) -> None:
    run(world, pull, refused())
    pull.comment("/retry tried --push")
    assert pull.reply

    def fails(machine: Machine) -> None:
        machine.post("claim", {})
        machine.done(1, "The repository could not be fetched: no disk.")

    world.runner.does(fails)
    assert (
        "Its runner did not get as far as pushing it (failed). The repository could not be fetched: no disk."
        in fetched(pull)
    )
    assert pull.runs[0].result.delivered.tries == 2


def test_only_who_may_retry_may_push(world: World, pull: PullRequest) -> None:
    run(world, pull, refused())
    pull.comment("/retry tried --push", by=World.reader)
    assert "`write`" in pull.reply
    pull.comment("/retry tried --push --force")
    assert "leave one of them out" in pull.reply
    assert len(world.runner_port.trained) == 1


def test_members_of_a_sweep_are_named_in_its_table_until_they_are_there(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01,0.02 -n rates")
    world.runner.trains_all(trains(0.95, **refused()))
    table = next(each.body for each in pull.comments if "Sweep `rates`" in each.body)
    assert f"- `rates-1`, `rates-2`: {AWAY} {REFUSED} `/retry rates --push` pushes what is missing." in table
    assert not [words for words in PROMISES if words in "".join(pull.new())]
    pull.comment("/retry rates --push")
    assert "`rates-1`, `rates-2`" in pull.reply
    world.runner.trains_all(pushes([], **pushed()))
    table = next(each.body for each in pull.comments if "Sweep `rates`" in each.body)
    assert AWAY not in table
    pull.comment("/retry rates --push")
    assert "is known to be missing from the DVC remote" in pull.reply
