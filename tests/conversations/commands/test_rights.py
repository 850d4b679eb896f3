"""Permissions that are taken from the App, tokens that end early, comments that go: what can still be said is said."""

import logging
from collections.abc import Mapping

import pytest
from inline_snapshot import snapshot

from experiments.run_state import RunState
from sandbox import installations
from tests.conversations.commands.test_meanwhile import GOOD, meanwhile
from tests.world.wording import settled
from tests.world.world import PullRequest, World


def take(world: World, *rights: str) -> None:
    """Take permissions from the App, as an administrator does."""
    (found,) = world.sandbox.state.installations.values()
    left = {name: level for name, level in found.permissions.items() if name not in rights}
    installations.grant(world.sandbox.state, found.id, left)
    world.work()


def give_back(world: World) -> None:
    (found,) = world.sandbox.state.installations.values()
    installations.grant(world.sandbox.state, found.id, world.sandbox.state.apps[found.app].permissions)
    world.work()


def test_without_the_right_to_write_the_result_is_not_taken(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")
    (found,) = world.sandbox.state.installations.values()
    reads = dict(found.permissions) | {"contents": "read"}
    world.runner.does(meanwhile(lambda: installations.grant(world.sandbox.state, found.id, reads)))
    assert settled(pull.report) == snapshot("""\
<!-- studio:run:<ID> -->

**✕ Refused: `careful` trained, and its result was not taken.** GitHub does not let this bot write to the repository: the permission `contents: write` was taken from it, or the repository was archived. When an administrator has given it back, `/retry careful` trains it again.

Experiment `careful` on [`<SHA>`](https://github.example/grace/digits/commit/<SHA>), asked for by `ada`. The branch is as it was.

Where it is: with this bot alone, as a run: nothing of it is in Git.

The last lines of its log:

```text
Installing
epoch 1
epoch 2
```

<details>
<summary>Environment: Python 3.11.7, DVC 3.67.1, 1 package</summary>

Machine: Linux, 2 cores

Packages, frozen:

```
numpy==2.4.6
```

</details>

**Next:** change the value, or fix what the log shows and push; `/run --from careful` trains its parameters with the new head. Where there is nothing to fix, `/retry careful` starts it once more. `/logs careful --tail 500` shows more of its log.\
""")
    assert pull.experiments == {}
    give_back(world)
    pull.comment("/retry careful")
    world.runner.finishes(**GOOD)
    assert "became the new head of `tune`" in pull.report


def test_without_the_right_to_read_a_comment_says_so(
    world: World, pull: PullRequest, caplog: pytest.LogCaptureFixture
) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.does(meanwhile(lambda: take(world, "contents")))
    report = pull.report
    assert "**`careful`: refused.**" in report
    assert "Read access to repository not granted" in report and "*GitHub Apps*" in report
    assert pull.check_run.conclusion == "failure"
    assert "GitHub refuses what its report needs" in caplog.text
    assert world.wired.ports.store.active() == []
    comment = pull.comment("/run -S train.lr=0.02")
    assert "GitHub does not let this bot do that" in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]


def test_without_check_runs_the_comment_and_the_status_tell(
    world: World, pull: PullRequest, caplog: pytest.LogCaptureFixture
) -> None:
    take(world, "checks")
    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.finishes(**GOOD)
    assert "became the new head of `tune`" in pull.report
    assert pull.checks(pull.head) == pull.checks(pull.head_before) == []
    status = pull.status()
    assert status is not None and status.state == "success"
    assert "checks: write" in caplog.text


def test_without_comments_the_check_run_and_the_status_tell(
    world: World, pull: PullRequest, caplog: pytest.LogCaptureFixture
) -> None:
    world.work()
    pull.comment("/run -S train.lr=0.01 -n careful")
    words = {"message": "Resource not accessible by integration"}
    world.fault("POST", r".*/issues/\d+/comments", 403, body=words, times=99)
    world.fault("PATCH", r".*/issues/comments/\d+", 403, body=words, times=99)
    world.runner.finishes(**GOOD)
    assert pull.new() == []
    assert pull.check_run.conclusion == "success"
    assert "accuracy" in str(pull.check_run.output["summary"])
    assert pull.experiments == {"careful": pull.head}
    status = pull.status()
    assert status is not None and status.state == "success"
    assert "GitHub takes not all of its report" in caplog.text
    world.sandbox.state.faults.clear()
    give_back(world)
    assert "better" in pull.report
    assert world.wired.ports.store.unreported() == []


def test_without_any_right_in_pull_requests_it_is_in_the_log_and_in_the_state(
    world: World, pull: PullRequest, caplog: pytest.LogCaptureFixture
) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.does(meanwhile(lambda: take(world, "pull_requests")))
    assert pull.new() == []
    assert "GitHub refuses what its report needs" in caplog.text
    (run,) = world.wired.ports.store.unreported()
    assert (run.state, run.published.unreported) == (RunState.FAILED, True)
    assert pull.check_run.conclusion == "failure"
    world.sandbox.comment("grace/digits", pull.number, "/status", world.maintainer)
    world.work()
    assert "GitHub takes no answer to it" in caplog.text
    assert world.wired.deliveries.forgotten(1e12) == []  # it is not tried for ever
    give_back(world)
    assert "did not let this bot in when it had ended" in pull.report


@pytest.mark.parametrize("how", ["forgotten", "an hour later"])
def test_tokens_that_end_during_a_long_run_are_made_anew(world: World, pull: PullRequest, how: str) -> None:
    pull.comment("/run -S train.lr=0.01 -n first --temp")
    world.runner.finishes(**GOOD)  # every kind of token was made, and is kept
    assert "better" in pull.report
    pull.comment("/run -S train.lr=0.02 -n long")

    def happens() -> None:
        state = world.sandbox.state
        if how == "forgotten":
            state.tokens.clear()
        else:
            for text, token in list(state.tokens.items()):
                state.tokens[text] = type(token)(**{**vars(token), "expires_at": state.clock()})

    world.runner.does(meanwhile(happens))
    assert "became the new head of `tune`" in pull.report
    pull.comment("/branch first")
    assert "is on the new branch `first-branch`" in pull.reply


def test_a_comment_that_is_deleted_while_it_trains_changes_nothing(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.does(meanwhile(lambda: world.sandbox.delete_comment(comment.id, world.maintainer)))
    report = pull.report
    assert "asked for by `ada`" in report
    assert pull.experiments == {"careful": pull.head}


def test_a_comment_that_is_deleted_before_it_is_read_was_never_asked(world: World, pull: PullRequest) -> None:
    comment = world.sandbox.comment("grace/digits", pull.number, "/run -S train.lr=0.01", world.maintainer)
    world.sandbox.delete_comment(comment.id, world.maintainer)
    world.work()
    assert world.wired.ports.store.active() == []
    assert pull.new() == []


def test_a_comment_that_is_deleted_while_it_is_acted_on_is_done(world: World, pull: PullRequest) -> None:
    def sink(headers: Mapping[str, str], body: bytes) -> int:
        if headers["X-GitHub-Event"] == "pull_request":  # the parameter commit came onto the branch
            world.sandbox.state.webhook_sink = world.receive
            world.sandbox.delete_comment(comment.id, world.maintainer)
        return world.receive(headers, body)

    comment = world.sandbox.comment("grace/digits", pull.number, "/run -S train.lr=0.01 --commit first", "ada")
    world.sandbox.state.webhook_sink = sink
    world.work()
    assert comment.id not in world.sandbox.state.comments
    world.runner.finishes(**GOOD)
    assert "became the new head of `tune`" in pull.report


def test_the_log_keeps_no_token(world: World, pull: PullRequest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.does(meanwhile(lambda: take(world, "contents")))
    assert pull.report
    assert "ghs_" not in caplog.text
