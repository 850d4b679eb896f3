"""Which copy of what a run has learned another one goes on from."""

from bot.ports.reading import Reading
from experiments.run import Checkpoint, Run


def resumed(ports: Reading, run: Run) -> tuple[Run, Checkpoint | None]:
    """The newest checkpoint that a run can go on from, and whose it is: its own, else that of the run it resumes."""
    seen: set[str] = set()
    while not run.checkpoints and run.experiment.resumes and run.id not in seen:
        seen.add(run.id)
        before = ports.store.get(run.experiment.resumes)
        if before is None:
            break
        run = before
    return run, run.checkpoints[-1] if run.checkpoints else None
