"""Whether a result lands by itself: it is complete, the setting `land` allows it, and the pull request is open."""

from collections.abc import Callable, Sequence

from bot.ports.git_host import PullRequest
from bot.ports.reading import ReadingPorts
from experiments.judging.comparison import compare
from experiments.judging.delta import Verdict
from experiments.judging.standing import Standing
from experiments.offering import everywhere
from experiments.settings.repo_config import ASK, BETTER, RepoConfig
from handlers.checks.result import Result
from handlers.lookup.changed_since import dating
from reports.messages import run_reasons

Settings = Callable[[], RepoConfig]  # reads the configuration of the base branch, at the first call


def stays_off(ports: ReadingPorts, result: Result, pull: PullRequest, settings: Settings) -> str:
    """Return why a result does not land, the sentence of the first check that objects; empty where it lands."""
    return next(filter(None, (check(ports, result, pull, settings) for check in CHECKS)), "")


def stale(ports: ReadingPorts, result: Result, pull: PullRequest, settings: Settings) -> str:
    """Object where a stage's results come from other inputs than the commit has."""
    before, after = result.before, result.after
    return run_reasons.stale(after.stale, everywhere(before, after, result.run.experiment)) if after.stale else ""


def never_run(ports: ReadingPorts, result: Result, pull: PullRequest, settings: Settings) -> str:
    """Object where a stage that counts has no results."""
    before, after, unrun = result.before, result.after, Standing(result.after).unrun
    return run_reasons.never_run(unrun, everywhere(before, after, result.run.experiment)) if unrun else ""


def unmade(ports: ReadingPorts, result: Result, pull: PullRequest, settings: Settings) -> str:
    """Object where results that were restored from an earlier run are missing."""
    provenance, after = result.run.outcome.provenance, result.after
    return run_reasons.unmade(after.unmade) if provenance and provenance.restored and after.unmade else ""


def held_back(ports: ReadingPorts, result: Result, pull: PullRequest, settings: Settings) -> str:
    """Object where the base branch's setting `land` leaves the result to `/apply`. Judge it as its report does."""
    run, after, experiment = result.run, result.after, result.run.experiment
    repository, project = experiment.repository, experiment.project
    config = settings().of(project)
    if config.land == ASK:
        return run_reasons.lands_when_asked(experiment.name)
    if config.land != BETTER:
        return ""
    fetched = ports.files.path(run, "baseline.tar")
    files = fetched if fetched.exists() else None
    dated = dating(ports, repository, ports.store.of_pull(experiment.pull_ref), config)
    before = dated(ports.snapshots.take(repository, experiment.compared, project, experiment.execution.declared, files))
    verdict = compare(before, after, config).verdict
    return "" if verdict is Verdict.BETTER else run_reasons.lands_when_better(experiment.name, verdict)


def over(ports: ReadingPorts, result: Result, pull: PullRequest, settings: Settings) -> str:
    """Object where the pull request was closed or merged meanwhile."""
    if pull.state == "open":
        return ""
    experiment = result.run.experiment
    ref = f"refs/heads/{experiment.landing.branch}"
    gone = ref not in ports.git.remote_refs(experiment.repository, ref)
    return run_reasons.closed_meanwhile(experiment.repository.host, pull.state, experiment.landing.branch, gone)


# Each returns a sentence why a result does not land, or an empty string.
CHECKS: Sequence[Callable[[ReadingPorts, Result, PullRequest, Settings], str]] = (
    stale,
    never_run,
    unmade,
    held_back,
    over,
)
