"""A pull request of the town, as the people in it see it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from reports.overview.comment import MARKER
from sandbox.records import CheckRun, Comment
from tests.recovery.town import Town
from tests.world.project import git, write
from tests.world.sticky import BOT


@dataclass
class Pull:
    """A pull request of its own in the town."""

    town: Town
    number: int
    branch: str
    base: str  # SHA of its head at first

    def comment(self, body: str) -> Comment:
        """Write a comment as somebody who may train."""
        return self.town.sandbox.comment("grace/digits", self.number, body, "ada")

    def git(self, *words: str) -> str:
        """Run git in GitHub's own repository, and return what it prints."""
        return git(self.town.repository.folder, *words)

    @property
    def head(self) -> str:
        return self.git("rev-parse", f"refs/heads/{self.branch}")

    @property
    def experiments(self) -> list[str]:
        """The SHAs of the experiments on its first head."""
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/exps/{self.base[:2]}/{self.base[2:]}").split()

    @property
    def comments(self) -> list[str]:
        """The bot's comments."""
        found = self.town.sandbox.state.comments_of(self.town.repository, self.number)
        return [each.body for each in found if each.user == BOT]

    @property
    def overviews(self) -> list[str]:
        return [body for body in self.comments if MARKER in body]

    @property
    def reports(self) -> list[str]:
        return [body for body in self.comments if MARKER not in body]

    def reactions(self, comment: Comment) -> list[str]:
        return [each.content for each in self.town.sandbox.state.reactions_of(comment)]

    def checks(self, sha: str) -> list[CheckRun]:
        return self.town.sandbox.state.checks_of(self.town.repository, sha)

    def status(self, sha: str) -> str:
        """The state of the newest commit status."""
        return self.town.sandbox.state.statuses_of(self.town.repository, sha)[0].state


def pull_request(town: Town, contents: Mapping[str, str] | None = None) -> Pull:
    """Open a pull request from a branch with one commit, and return it."""
    branch = f"tune-{uuid.uuid4().hex[:8]}"
    git(town.tree, "checkout", "--quiet", "-B", branch, "main")
    write(town.tree, {"README.md": f"# {branch}\n", **(contents or {})})
    git(town.tree, "add", "--all")
    git(town.tree, "commit", "--quiet", "-m", "Describe")
    git(town.tree, "push", "--quiet", str(town.repository.folder), f"HEAD:refs/heads/{branch}")
    made = town.sandbox.open_pull("grace/digits", branch, "main", "Tune it", "", "ada")
    town.settle()
    return Pull(town, made.number, branch, git(town.tree, "rev-parse", "HEAD"))
