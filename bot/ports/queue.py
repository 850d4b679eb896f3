"""The port to the queue, through which the bot asks for its own jobs."""

from typing import Protocol

from experiments.experiment import PullRef
from experiments.run import Run


class ReadQueue(Protocol):
    """The processes that take jobs."""

    def takers(self, runner: str) -> int:
        """Return how many processes take the runs of a runner of the type `rq` (empty: of the bot's own machine).

        It is 0 for a runner that the operator has taken away.
        """
        ...


class Queue(ReadQueue, Protocol):
    """The queue of jobs (RQ). Every job may run twice."""

    def train(self, run: Run) -> None:
        """Have a runner take the run, or a machine launched for it."""
        ...

    def hurry(self, run: Run) -> None:
        """Do what `train` does at once, where it was put off because there was no machine."""
        ...

    def announce(self, run: Run) -> None:
        """Bring a run's check runs up to date soon; calls for the same state within a short time are combined."""
        ...

    def checkpoint(self, run: Run) -> None:
        """Push the ref of a run's newest checkpoint; calls until a worker begins are combined."""
        ...

    def refresh(self, where: PullRef, after: float = 0.0) -> None:
        """Renew the overview of a pull request after some seconds; calls until then are combined."""
        ...

    def show(self, where: PullRef, sweep: str, after: float = 0.0) -> None:
        """Renew the table of a pull request's sweep after some seconds; calls until then are combined."""
        ...

    def feed(self, where: PullRef, after: float = 0.0) -> None:
        """Give the runs of a pull request's queue whose turn it is to their runners, after some seconds; calls until
        then are combined."""
        ...

    def watch(self) -> None:
        """Look at the machines that were launched, soon; calls within a short time are combined."""
        ...

    def finish(self, run: Run) -> None:
        """Verify, push and report what a run's agent returned, or report how the run ended."""
        ...

    def finish_again(self, run: Run) -> None:
        """Try again to finish a run; calls within a short time are combined."""
        ...

    def fetch(self, run: Run) -> None:
        """Try a failed fetch again; calls until a worker begins are combined."""
        ...
