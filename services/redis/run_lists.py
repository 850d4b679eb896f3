"""Lists of run ids in Redis, so that some runs are found without reading all."""

from experiments.data.fetching import waits
from experiments.experiment import Repository
from experiments.outline import moves
from experiments.run import Run

# Lists with runs of all repositories. All but the second are older than outlines.
LISTED = ("runs:active", "runs:moving", "runs:unreported", "runs:unpushed", "runs:unfetched")


def run_key(run_id: str) -> str:
    """Return the key of a run as it is stored."""
    return f"run:{run_id}"


def outline_key(run_id: str) -> str:
    """Return the key of a run's outline, the part of it that readers of lists need."""
    return f"outline:{run_id}"


def active_key(repository: Repository) -> str:
    """Return the key of the list of a repository's active runs."""
    return f"runs:active:{repository.id}"


def person_key(login: str) -> str:
    """Return the key of the list of active runs that a person asked for."""
    return f"runs:asked:{login.lower()}"


def lists(run: Run) -> dict[str, bool]:
    """Return the keys of all lists that may have such a run, and whether it belongs there now."""
    is_active = not (run.state.ended and run.told)
    return {
        "runs:active": is_active,
        "runs:moving": is_active and moves(run),
        active_key(run.experiment.repository): is_active,
        person_key(run.experiment.asked.author): is_active,
        "runs:unreported": run.published.unreported,
        "runs:unpushed": run.push_due is not None,
        "runs:unfetched": waits(run),
    }
