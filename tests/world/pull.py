"""One pull request, as the people in it see it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.experiment import PullRef, Repository
from experiments.run import Run
from sandbox import gitfolder, pushes
from sandbox.records import CheckRun, Comment
from tests.world.project import git, write
from tests.world.sticky import BOT, MARKER, Sticky

if TYPE_CHECKING:
    from tests.world.world import World

MAINTAINER = "ada"


class PullRequest(Sticky):
    """One pull request, as the people in it see it."""

    def __init__(self, world: "World", number: int, tree: Path) -> None:
        self.world, self.number, self.tree = world, number, tree
        self.read: set[int] = set()
        self.head_before = self.head

    def comment(self, body: str, by: str = MAINTAINER) -> Comment:
        """Write a comment as somebody, deliver it to the bot, and let workers work."""
        made = self.world.sandbox.comment("grace/digits", self.number, body, by)
        self.world.work()
        return made

    def push(self, contents: Mapping[str, str], message: str = "Go on", ago: float = 60.0) -> str:
        """Push to the branch as of that many seconds ago, and deliver it to the bot; no worker works yet."""
        state, repository = self.world.sandbox.state, self.world.repository
        before = gitfolder.refs(repository)
        git(self.tree, "fetch", "--quiet", str(self.world.repository.folder), "refs/heads/tune")
        git(self.tree, "reset", "--quiet", "--hard", "FETCH_HEAD")
        write(self.tree, contents)
        git(self.tree, "add", "--all")
        git(self.tree, "commit", "--quiet", "-m", message)
        git(self.tree, "push", "--quiet", str(self.world.repository.folder), "HEAD:refs/heads/tune")
        with self.world.ago(ago):
            pushes.announce(state, repository, before, gitfolder.refs(repository), self.world.maintainer)
        return git(self.tree, "rev-parse", "HEAD")

    def git(self, *words: str) -> str:
        """Run git in GitHub's own repository, and return what it prints."""
        return git(self.world.repository.folder, *words)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "refs/heads/tune")

    @property
    def message(self) -> str:
        """The message of the head's commit."""
        return self.git("log", "-1", "--format=%B", "refs/heads/tune").strip()

    @property
    def experiments(self) -> Mapping[str, str]:
        """Name -> SHA of the experiment refs."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/exps").splitlines()
        return {line.split()[0].rpartition("/")[2]: line.split()[1] for line in lines}

    @property
    def comments(self) -> Sequence[Comment]:
        """The bot's comments, oldest first."""
        state = self.world.sandbox.state
        found = [each for each in state.comments.values() if each.user == BOT and each.number == self.number]
        return sorted((each for each in found if MARKER not in each.body), key=lambda each: each.id)

    @property
    def runs(self) -> Sequence[Run]:
        """The runs of this pull request, oldest first."""
        repository = Repository(self.world.repository.id, "grace/digits", installation=0)
        return self.world.wired.ports.store.of_pull(PullRef(repository, self.number))

    def new(self) -> list[str]:
        """Return the bot's comments that the test has not read yet."""
        fresh = [each for each in self.comments if each.id not in self.read]
        self.read |= {each.id for each in fresh}
        return [each.body for each in fresh]

    @property
    def reply(self) -> str:
        """The one new comment of the bot."""
        said = self.new()
        assert len(said) == 1, f"{len(said)} new comments: {said}"
        return said[0]

    report = reply

    def reactions(self, comment: Comment) -> list[str]:
        """Return the reactions to somebody's comment."""
        return [each.content for each in self.world.sandbox.state.reactions_of(comment)]

    def checks(self, sha: str) -> list[CheckRun]:
        """Check runs on a commit, oldest first."""
        found = [each for each in self.world.sandbox.state.check_runs.values() if each.head_sha == sha]
        return sorted(found, key=lambda each: each.id)

    @property
    def check_run(self) -> CheckRun:
        """The only one on the commit the pull request began with."""
        (check,) = self.checks(self.head_before)
        return check
