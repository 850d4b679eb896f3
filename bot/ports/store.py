"""The port to the store: what the bot remembers between jobs."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from bot.ports.keys import Key
from bot.ports.memos import Memo
from experiments.experiment import PullRef, Repository
from experiments.run import Run

T = TypeVar("T")


class ReadStore(Protocol):
    """The store, to be read."""

    def get(self, run_id: str) -> Run | None: ...
    def outline(self, run_id: str) -> Run | None:
        """Return the outline (`experiments.outline`) of a run that is active, or was within the last hour.

        None where there is none. Raise TryLater while lists are written anew.
        """
        ...

    def active(self) -> Sequence[Run]:
        """Outlines (`experiments.outline`) of all that have not ended, or ended and are not reported."""
        ...

    def moving(self, runner: str = "") -> Sequence[Run]:
        """Return outlines of active runs of a runner, or of all, that runners have or may take, or whose machines may
        still exist. Those that wait for a person, or for their turn in their pull request, are left out."""
        ...

    def queued(self) -> Sequence[str]:
        """Return the ids of the runs of all repositories that wait for a runner, oldest first."""
        ...

    def at_work(self, runner: str = "") -> int:
        """Return how many runs a runner has, or all runners together."""
        ...

    def first_waiting(self) -> Sequence[Run]:
        """Return the outline of the run that waits longest, of each pull request in which runs wait for their turn."""
        ...

    def turn(self, where: PullRef, jobs: int) -> Sequence[str]:
        """Return the ids of the runs of a pull request whose turn it is.

        They are the first that wait, so that no more than `jobs` are with a runner or wait for one.
        """
        ...

    def unfinished(self, repository: Repository, without: Collection[str]) -> int:
        """Return how many runs of a repository are active, but for those whose ids are in `without`."""
        ...

    def asked_by(self, login: str) -> Sequence[Run]:
        """Return outlines of active runs that a person asked for, in all repositories."""
        ...

    def unreported(self) -> Sequence[Run]:
        """Return outlines of runs whose report the host refused."""
        ...

    def unpushed(self) -> Sequence[Run]:
        """Return outlines of runs whose data is to be pushed to the DVC remote again, now or later."""
        ...

    def unfetched(self) -> Sequence[Run]:
        """Return outlines of failed fetches that are to be tried again."""
        ...

    def of_pull(self, where: PullRef) -> Sequence[Run]: ...
    def taken_names(self, repository: Repository) -> set[str]:
        """Return the names of experiments whose runs are known."""
        ...

    def weight(self, repository: Repository, without: Collection[str]) -> int:
        """Return how many bytes a repository's runs take in the store.

        Active ones count, and those that ended within 90 days (within a week where they are long and have no
        checkpoints). Those whose ids are in `without` do not.
        """
        ...

    def done(self, key: Key) -> bool:
        """Return whether something was finished before, a comment's commands for example."""
        ...

    def durations(self, repository: Repository) -> Sequence[float]:
        """Return the durations of the last runs that succeeded, in seconds."""
        ...

    def recall(self, memo: Memo[T]) -> T | None:
        """Return what was remembered; None where nothing was.

        What is there and can't be read counts as nothing, but of a vital kind it raises an error.
        """
        ...


class Store(ReadStore, Protocol):
    """The store: what is remembered between jobs. Losing it loses no finished experiment."""

    def create(self, run: Run) -> bool:
        """Store a new run. Return False, and change nothing, where a run of this id exists."""
        ...

    def create_all(self, runs: Sequence[Run]) -> None:
        """Store these runs at once, in their order, or none where the first one exists. Leave others that exist as they
        are."""
        ...

    def update(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        """Apply `change` to the newest value, again where somebody was faster, and return the run.

        Raise KeyError where there is none, and TryLater where others were faster too often.
        """
        ...

    def relist(self, run_id: str) -> Run | None:
        """Write a run's outline and its places on lists anew from the stored run, and return that.

        Where nothing is stored any more, delete them and return None. Raise TryLater as `update` does.
        """
        ...

    def forget(self, run: Run) -> None:
        """Delete a run that was not begun after all."""
        ...

    def lock_landing(self, repository: Repository, branch: str, run_id: str) -> str:
        """Take the branch for a run. Return the id of the run that has it now, `run_id` itself where it was free."""
        ...

    def unlock_landing(self, repository: Repository, branch: str, run_id: str) -> None: ...
    def alone(self, key: Key) -> AbstractContextManager[None]:
        """Lock `key` for the block. Raise TryLater while another process, or one killed seconds ago, holds it."""
        ...

    def mark_done(self, key: Key) -> None: ...
    def note_duration(self, run: Run, seconds: float) -> None:
        """Record how long a run took; the last ones of its repository are kept, each once."""
        ...

    def remember(self, memo: Memo[T], value: T) -> None:
        """Remember a value for ninety days, in place of an earlier one."""
        ...

    def erase(self, memo: Memo[T]) -> None:
        """Forget what was remembered."""
        ...
