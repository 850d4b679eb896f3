"""The checkpoint from which a run goes on."""

from bot.ports.reading import ReadingPorts
from experiments.run import Checkpoint, Run


def resumed(ports: ReadingPorts, run: Run) -> tuple[Run, Checkpoint | None]:
    """Return the run whose checkpoint this run can go on from, and its newest one; None where there is none.

    That is the run itself, else the one it resumes.
    """
    seen: set[str] = set()
    while not run.checkpoints and run.experiment.resumes and run.id not in seen:
        seen.add(run.id)
        before = ports.store.get(run.experiment.resumes)
        if before is None:
            break
        run = before
    return run, run.checkpoints[-1] if run.checkpoints else None
