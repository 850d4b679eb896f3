"""What the program needs to remember between jobs."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from experiments.experiment import PullRef, Repository
from experiments.run import Run


class ReadStore(Protocol):
    """What who decides asks of what is remembered."""

    def get(self, run_id: str) -> Run | None: ...
    def active(self) -> Sequence[Run]:
        """Outlines (`experiments.outline`) of all that have not ended, or ended and are not reported."""
        ...

    def moving(self) -> Sequence[Run]:
        """Outlines of those of them that wait for nobody's word: what runners have, or get by itself."""
        ...

    def asked_by(self, login: str) -> Sequence[Run]:
        """Outlines of the active ones that a person asked for, in all repositories."""
        ...

    def unreported(self) -> Sequence[Run]:
        """Outlines of those of which the host took no report."""
        ...

    def unpushed(self) -> Sequence[Run]:
        """Outlines of those whose data is to be pushed to the DVC remote once more, now or later."""
        ...

    def unfetched(self) -> Sequence[Run]:
        """Outlines of fetches that did not work and are to be tried again."""
        ...

    def of_pull(self, where: PullRef) -> Sequence[Run]: ...
    def taken_names(self, repository: Repository) -> set[str]:
        """Names of experiments whose runs are known."""
        ...

    def weight(self, repository: Repository, without: Collection[str]) -> int:
        """About how many bytes its experiments take here: those that are active, and those that ended within 90 days,
        a week where they are long. `without`: ids of runs that are not counted; fetches are none."""
        ...

    def done(self, key: str) -> bool:
        """Whether something was finished before, a comment's commands say."""
        ...

    def durations(self, repository: Repository) -> Sequence[float]:
        """Of the last runs that worked, in seconds."""
        ...

    def recall(self, key: str) -> str:
        """What was remembered under a key; empty where nothing was."""
        ...


class Store(ReadStore, Protocol):
    """What is remembered between jobs; losing it loses no finished experiment."""

    def create(self, run: Run) -> bool:
        """False when a run of this id exists: it is left as it is."""
        ...

    def create_all(self, runs: Sequence[Run]) -> None:
        """All of them at once, in their order, or none where the first one exists."""
        ...

    def update(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        """Compare-and-set: `change` is applied to the newest value, again when somebody was faster. KeyError."""
        ...

    def forget(self, run: Run) -> None:
        """It was not begun after all."""
        ...

    def lock_landing(self, repository: Repository, branch: str, run_id: str) -> str:
        """Take the branch for a run; returns whose it is now (`run_id` itself when taken)."""
        ...

    def unlock_landing(self, repository: Repository, branch: str, run_id: str) -> None: ...
    def alone(self, key: str) -> AbstractContextManager[None]:
        """Only one process at a time is inside; a killed one for some seconds more. TryLater when another is."""
        ...

    def mark_done(self, key: str) -> None: ...
    def note_duration(self, run: Run, seconds: float) -> None:
        """How long a run of this repository took; the last ones are kept, each once."""
        ...

    def remember(self, key: str, value: str) -> None:
        """For ninety days, in the place of what was there."""
        ...
