"""Whether a result goes onto the branch by itself, as `land` of `.github/studio.yml` has it."""

from bot.ports import Ports
from bot.workspace import repository_config
from experiments.judging.comparison import compare
from experiments.judging.delta import Verdict
from experiments.run import Run
from experiments.settings.config import ASK, BETTER
from experiments.snapshot import Snapshot
from handlers.lookup.changed_since import dating
from reports.messages import run_reasons


def held_back(ports: Ports, run: Run, after: Snapshot) -> str:
    """Return why the repository leaves this result to `/apply`, a sentence; empty where it lands by itself.

    `after`: what the result says of itself. It is judged as its report judges it, by the base branch's settings."""
    experiment = run.experiment
    repository, project = experiment.repository, experiment.project
    config = repository_config(ports, repository, experiment.base_branch).of(project)
    if config.land == ASK:
        return run_reasons.lands_when_asked(experiment.name)
    if config.land != BETTER:
        return ""
    fetched = ports.files.path(run, "baseline.tar")
    files = fetched if fetched.exists() else None
    dated = dating(ports, repository, ports.store.of_pull(experiment.pull_ref), config)
    before = dated(ports.snapshots.take(repository, experiment.compared, project, experiment.declared, files))
    verdict = compare(before, after, config).verdict
    return "" if verdict is Verdict.BETTER else run_reasons.lands_when_better(experiment.name, verdict)
