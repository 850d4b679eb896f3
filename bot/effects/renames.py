"""Follow renames: a run's repository may have another name now, and its pull request another base branch."""

from dataclasses import replace

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from experiments.run import Run
from experiments.sweep import Sweep


def follow(ports: Ports, run: Run) -> tuple[Run, PullRequest]:
    """Return the run with present names, and its pull request.

    The rules for a run are those of the base branch that its pull request has now.
    """
    pull = ports.host.pull(run.experiment.pull_ref)

    def here(seen: Run) -> Run:
        return _renamed(seen, pull)

    return (run if here(run) == run else ports.store.update(run.id, here)), pull


def followed(sweep: Sweep, pull: PullRequest) -> Sweep:
    """Return the sweep with present names."""
    return replace(sweep, runs=tuple(_renamed(run, pull) for run in sweep.runs))


def _renamed(run: Run, pull: PullRequest) -> Run:
    landing = replace(run.experiment.landing, base_branch=pull.base_branch)
    return replace(run, experiment=replace(run.experiment, repository=pull.repository, landing=landing))
