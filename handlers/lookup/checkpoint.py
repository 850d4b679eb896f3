"""The checkpoint from which a run goes on, and who needs it."""

from collections.abc import Iterable

from bot.ports.reading import ReadingPorts
from experiments.run import Checkpoint, Run


def resumed(ports: ReadingPorts, run: Run) -> tuple[Run, Checkpoint | None]:
    """Return the run whose checkpoint this run can go on from, and its newest one; None where there is none.

    That is the run itself, else the one it resumes.
    """
    seen: set[str] = set()
    while not run.checkpoints and run.experiment.execution.resumes and run.id not in seen:
        seen.add(run.id)
        before = ports.store.get(run.experiment.execution.resumes)
        if before is None:
            break
        run = before
    return run, run.checkpoints[-1] if run.checkpoints else None


def needed_by(ports: ReadingPorts, run: Run, others: Iterable[Run]) -> Run | None:
    """Return the first of these runs that would go on from a checkpoint of `run`; None where none would."""
    resuming = (each for each in others if each.experiment.execution.resumes and each.id != run.id)
    return next((each for each in resuming if resumed(ports, each)[0].id == run.id), None)
