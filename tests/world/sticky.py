"""The bot's sticky comment and its commit status, as the people in a pull request see them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.overview.comment import MARKER
from sandbox import checks, gitfolder
from sandbox.records import CheckRun, Comment, CommitStatus
from sandbox.web import conversation

if TYPE_CHECKING:
    from tests.world.world import World

__all__ = ["BOT", "MARKER", "Sticky"]

BOT = "ml-studio[bot]"


class Sticky:
    """What changes by itself in a pull request: a test reads it when it is about that."""

    world: "World"
    number: int

    @property
    def overviews(self) -> Sequence[Comment]:
        """The bot's sticky comment, which changes all the time: a test reads it when it is about that."""
        state = self.world.sandbox.state
        found = [each for each in state.comments.values() if each.user == BOT and each.number == self.number]
        return [each for each in found if MARKER in each.body]

    @property
    def overview(self) -> str:
        """The sticky comment as it is now."""
        (comment,) = self.overviews
        return comment.body

    def now(self, said: str) -> str:
        """What a comment of the bot says now, known by the first line of what it said once."""
        state = self.world.sandbox.state
        found = [each.body for each in state.comments.values() if each.body.startswith(said.partition("\n")[0])]
        (body,) = found
        return body

    def status(self, sha: str = "") -> CommitStatus | None:
        """The newest commit status `studio`; of the head unless a commit is named."""
        state = self.world.sandbox.state
        sha = sha or gitfolder.pull_head(state, state.pull(self.world.repository, self.number))
        found = state.statuses_of(self.world.repository, sha)
        return next((each for each in found if each.context == "studio"), None)

    def press(self, check: CheckRun, button: str = "", by: str = "ada") -> None:
        """Press a button of a check run as it is now, or its Re-run, and let workers work."""
        state = self.world.sandbox.state
        now = state.check_runs[check.id]
        if button:
            checks.press(state, now, button, by)
        else:
            checks.rerequest(state, now, by)
        self.world.work()

    def press_all(self, by: str = "ada") -> None:
        """Press Re-run all checks on the head, and let workers work."""
        state, repository = self.world.sandbox.state, self.world.repository
        sha = gitfolder.pull_head(state, state.pull(repository, self.number))
        checks.rerequest_all(state, repository, self.world.app_id, sha, by)
        self.world.work()

    def check(self, name: str) -> CheckRun:
        """Return the newest check run of a run, as it is now."""
        found = [each for each in self.world.sandbox.state.check_runs.values() if each.name == f"studio: {name}"]
        return found[-1]

    def reopen(self) -> None:
        """Close the pull request and open it again, and let workers work."""
        state = self.world.sandbox.state
        closed = self.world.sandbox.close_pull("grace/digits", self.number, self.world.maintainer)
        conversation.reopen_pull(state, closed, self.world.maintainer)
        self.world.work()
