"""How the program asks for its own jobs."""

from typing import Protocol

from experiments.experiment import PullRef
from experiments.run import Run


class ReadQueue(Protocol):
    """Who works at the program's jobs."""

    def takers(self, runner: str) -> int:
        """How many processes take the runs of a runner of the type `rq`; empty: of the bot's own machine. 0 for one
        that the operator has taken away."""
        ...


class Queue(ReadQueue, Protocol):
    """RQ. Every job may run twice."""

    def train(self, run: Run) -> None:
        """Have its runner take it, or a machine launched for it."""
        ...

    def hurry(self, run: Run) -> None:
        """The same now, where it was put off because there was no machine."""
        ...

    def announce(self, run: Run) -> None:
        """Bring its check runs up to date, soon; many calls for the same state in a short time are one."""
        ...

    def checkpoint(self, run: Run) -> None:
        """Tell in the repository that a checkpoint of it is kept; many calls until somebody begins are one."""
        ...

    def refresh(self, where: PullRef, after: float = 0.0) -> None:
        """Have the overview of a pull request made anew, in so many seconds; many calls until then are one."""
        ...

    def show(self, where: PullRef, sweep: str, after: float = 0.0) -> None:
        """Have the table of a pull request's sweep made anew, in so many seconds; many calls until then are one."""
        ...

    def watch(self) -> None:
        """Look at the machines that were launched, soon; many calls in a short time are one."""
        ...

    def finish(self, run: Run) -> None:
        """Verify, push and report what the agent returned, or report how it ended."""
        ...

    def finish_again(self, run: Run) -> None:
        """What was not finished in time, tried once more; many calls in a short time are one."""
        ...

    def fetch(self, run: Run) -> None:
        """A fetch that did not work, tried once more; many calls until somebody begins are one."""
        ...
