"""`/branch` where no pull request can be opened."""

import pytest
from inline_snapshot import snapshot

from experiments.experiment import Repository
from sandbox.web import conversation
from services.git.repository import Mirrors
from tests.world.wording import settled
from tests.world.world import PullRequest, World


def test_a_result_that_is_on_the_branch_already_gets_no_other(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n good")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "new head" in pull.report
    comment = pull.comment("/branch good")
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert settled(pull.reply) == snapshot("""\
`good` is already on `tune`, so a pull request would have no commits. Once this pull request is merged, it is on `main` as well. `/run -S … --branch good-branch` trains other values onto a branch of their own.

<!-- studio:reply:<ID> -->\
""")
    pull.comment("/undo")
    assert "`good` is off `tune` again" in pull.reply
    pull.comment("/branch good other")
    reply = pull.reply
    assert "A later commit there takes it back. `/apply good` puts it there again." in reply
    pull.git("update-ref", "refs/heads/main", pull.head)
    state = world.sandbox.state
    conversation.close_pull(state, state.pull(world.repository, 1), "ada")
    world.work()
    pull.new()
    pull.comment("/branch good")
    assert "`good` is already on `main`" in pull.reply
    assert "refs/heads/good-branch" not in pull.git("for-each-ref")
    assert len(state.pulls_of(world.repository)) == 1


def test_a_branch_whose_pull_request_github_refuses_stays_and_can_be_deleted(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "`/branch aside`" in pull.report
    push, sha = Mirrors.push, pull.experiments["aside"]

    def overtaken(self: Mirrors, repository: Repository, sha: str, ref: str, expected: str = "") -> None:
        push(self, repository, sha, ref, expected)
        pull.git("update-ref", "refs/heads/tune", sha)  # somebody else is faster than the pull request

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Mirrors, "push", overtaken)
        comment = pull.comment("/branch aside")
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert settled(pull.reply) == snapshot("""\
`aside` is on the branch `aside-branch`, but GitHub would not open a pull request for it: Validation Failed: 'No commits between tune and aside-branch'. The branch stays: once that is solved, `/branch aside aside-branch` opens the pull request. If you don't want the branch, delete it from your clone:

```sh
git push origin --delete aside-branch
```

<!-- studio:reply:<ID> -->\
""")
    assert pull.git("rev-parse", "refs/heads/aside-branch") == sha
    pull.git("update-ref", "refs/heads/tune", pull.head_before)
    pull.comment("/branch aside aside-branch")
    assert "pull request 2" in pull.reply
