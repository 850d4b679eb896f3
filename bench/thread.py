"""One pull request of the bench's local GitHub, as who waits there sees it."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic
from typing import Any

from demo.hub import Hub
from demo.processes import Processes
from demo.trouble import DemoTrouble
from experiments.experiment import PullRef, Repository
from experiments.run import Run
from services.redis.store import RedisStore

PATIENCE = 300.0  # seconds until an expected event is given up
Seen = Mapping[str, Any]  # a pull request as `Hub.show` returns it


class GaveUp(DemoTrouble):
    """Something that should have happened did not. The message says what is seen instead."""


@dataclass(frozen=True)
class Thread:
    """A pull request, its people's comments and the bot's answers."""

    hub: Hub
    repository: str  # owner/name
    number: int
    processes: Processes
    store: RedisStore

    def comment(self, words: str) -> int:
        """Comment as somebody who may write, and return the comment's id."""
        return self.hub.comment(self.number, words, by="ada", repository=self.repository)

    def show(self) -> Seen:
        """Return the pull request as it is now."""
        return self.hub.show(self.number, self.repository)

    def waits(self, what: str, until: Callable[[Seen], bool]) -> float:
        """Wait until the pull request looks as `until` asks; return the time on the monotonic clock. Raises GaveUp."""
        end = monotonic() + PATIENCE
        with closing(self.hub.follow(self.number, self.repository)) as views:
            for seen in takewhile(lambda _: monotonic() < end, views):
                self.processes.check()
                if until(seen):
                    return monotonic()
        said = [each["body"][:2000] for each in self.show()["comments"][-3:]]
        raise GaveUp(f"{what}: not within {PATIENCE:.0f} seconds.\n{said}\n{self.processes.last_lines()}")

    def runs(self, name: str) -> list[Run]:
        """Return the runs of a sweep or an experiment of this name, from the bot's store."""
        number = int(self.show()["pull"]["base"]["repo"]["id"])
        where = PullRef(Repository(number, self.repository, installation=0), self.number)
        found = self.store.of_pull(where)
        return [each for each in found if name in (each.experiment.name, each.experiment.sweep.name)]

    @property
    def clone_url(self) -> str:
        """The address to clone from, without a credential."""
        return f"{self.hub.url}/{self.repository}.git"


def reactions(seen: Seen, comment: int) -> set[str]:
    """Return the reactions to a comment; none where the comment was not there yet."""
    return {each["content"] for each in seen["reactions"].get(str(comment), ())}


def says(seen: Seen, words: str) -> bool:
    """Return whether a comment has these words."""
    return any(words in each["body"] for each in seen["comments"])
