"""What people call commits in commands: resolved against the repository as GitHub has it."""

import pytest

from bot.commands import Problems, Word
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.experiment import PullRef, Repository
from experiments.revisions import RevisionKind
from handlers.lookup.revisions import base, head, resolve
from tests.conversations.results.test_landing import exp_push, trained
from tests.world.project import PARAMS, git
from tests.world.sweeping import learning
from tests.world.world import PullRequest, World


def asked(world: World, pull: PullRequest) -> Workspace:
    """The pull request as its maintainer sees it."""
    ports, stored = world.wired.ports, world.repository
    installation = next(iter(world.sandbox.state.installations.values()))
    repository = Repository(stored.id, "grace/digits", installation.id, f"{world.sandbox.url}/grace/digits")
    now = ports.host.pull(PullRef(repository, pull.number))
    return Workspace(ports, now, world.maintainer, Permission.WRITE, 0.0)


def told(workspace: Workspace, *words: str) -> list[str]:
    """What is wrong with words of a line, and what to write."""
    line = f"/diff {' '.join(words)}"
    placed = [Word.at(word, line.index(word), line.index(word) + len(word)) for word in words]
    with pytest.raises(Problems) as refused:
        resolve(workspace, placed, line)
    assert [line[each.start : each.end] for each in refused.value.problems] == list(words)
    return [f"{each.message} {each.fix}" for each in refused.value.problems]


def test_experiments_branches_tags_and_commits_in_one_line(world: World, pull: PullRequest) -> None:
    sha = exp_push(pull, "by-hand", trained(PARAMS.replace("lr: 0.1 ", "lr: 0.05 ")))
    git(pull.tree, "tag", "-a", "-m", "First", "v1.0", "main")
    git(pull.tree, "push", "--quiet", str(world.repository.folder), "refs/tags/v1.0")
    main, workspace = pull.git("rev-parse", "refs/heads/main"), asked(world, pull)
    words = ("by-hand", f"{pull.head[:7]}/by-hand", "main", "v1.0", pull.head[:8], main.upper(), "HEAD", sha[:7])
    found = resolve(workspace, [Word.at(word, 0, 1) for word in words], "")
    assert [(each.kind, each.sha) for each in found] == [
        *(
            (RevisionKind.EXPERIMENT, sha),
            (RevisionKind.EXPERIMENT, sha),
            (RevisionKind.BRANCH, main),
            (RevisionKind.TAG, main),
        ),
        *(
            (RevisionKind.COMMIT, pull.head),
            (RevisionKind.COMMIT, main),
            (RevisionKind.HEAD, pull.head),
            (RevisionKind.COMMIT, sha),
        ),
    ]
    for each in found:
        assert workspace.ports.git.message(workspace.repository, each.sha), "it was fetched"
    first = base(workspace)
    assert first
    assert (head(workspace).sha, first.sha, first.name) == (pull.head, main, "base")


def test_every_word_that_names_nothing_or_several_is_told_at_once(world: World, pull: PullRequest) -> None:
    exp_push(pull, "by-hand", trained(PARAMS))
    exp_push(pull, "twice", trained(PARAMS))
    exp_push(pull, "twice", trained(PARAMS, 0.8), pull.git("rev-parse", "main"))
    missing, ambiguous, step, dash = told(asked(world, pull), "by-hnad", "twice", "HEAD~1", "--upload-pack=x")
    assert missing == "No experiment, branch, tag or commit `by-hnad`: did you mean `by-hand`? by-hand"
    assert f"`{pull.head[:7]}/twice` (experiment)" in ambiguous
    assert "the commit's hash" in step
    assert "Git allows no such name" in dash


def test_what_no_ref_of_this_repository_reaches_is_nobodys(world: World, pull: PullRequest) -> None:
    """GitHub gives out commits of every fork by their SHA, also of private ones."""
    workspace = asked(world, pull)
    git(pull.tree, "commit", "--quiet", "--allow-empty", "-m", "Of a fork")
    foreign = git(pull.tree, "rev-parse", "HEAD")
    git(pull.tree, "push", "--quiet", str(world.repository.folder), "HEAD:refs/pull/9/head")
    workspace.ports.git.fetch(workspace.repository, [foreign])  # another part of the bot had a reason
    for word in (foreign, foreign[:10], "refs/pull/9/head", "0" * 40):
        assert told(workspace, word)[0].startswith(f"No experiment, branch, tag or commit `{word}`: ")


def test_base_and_best_are_understood_wherever_a_revision_is(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.2,0.05 -n wide")
    world.runner.trains_all(learning)
    pull.new()
    workspace, main = asked(world, pull), pull.git("rev-parse", "refs/heads/main")
    words = [Word.at(word, 0, 1) for word in ("base", "best", "head", "HEAD")]
    found = resolve(workspace, words, "")
    best = pull.experiments["wide-2"]
    assert [(each.kind, each.sha) for each in found] == [
        (RevisionKind.BASE, main),
        (RevisionKind.EXPERIMENT, best),
        (RevisionKind.HEAD, pull.head),
        (RevisionKind.HEAD, pull.head),
    ]
    pull.comment("/diff base best")
    assert "`wide-2`" in pull.reply
    pull.comment("/run --rev best -S train.lr=0.4 -n further")
    assert pull.runs[-1].experiment.baseline == best
    pull.comment("/branch base")
    assert "`base` is a commit, and an experiment is named here" in pull.reply
    pull.comment("/apply HEAD")
    assert "`HEAD` is a commit, and an experiment is named here" in pull.reply
    pull.comment("/branch best")
    assert "`wide-2-branch`" in pull.reply


def test_without_a_sweep_best_is_told_to_be_none(world: World, pull: PullRequest) -> None:
    pull.comment("/diff best")
    assert "There has been no sweep in this pull request yet" in pull.reply
    assert resolve(asked(world, pull), [Word.at("base", 0, 1)], "")


def test_what_is_called_base_or_best_goes_before_the_word(world: World, pull: PullRequest) -> None:
    git(pull.tree, "push", "--quiet", str(world.repository.folder), "HEAD:refs/heads/base", "HEAD:refs/heads/best")
    found = resolve(asked(world, pull), [Word.at("base", 0, 1), Word.at("best", 0, 1)], "")
    assert [(each.kind, each.name) for each in found] == [(RevisionKind.BRANCH, "base"), (RevisionKind.BRANCH, "best")]
