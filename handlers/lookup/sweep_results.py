"""The results of a sweep's members, as far as they are known by now."""

from collections.abc import Callable, Sequence

from bot.errors import NotFound
from bot.ports.reading import ReadingPorts
from bot.workspace import repository_config
from experiments.judging.comparability import barred
from experiments.judging.comparison import compare
from experiments.judging.ranking import Measured, rank
from experiments.judging.repeats import Repeats, repeats
from experiments.parts.membership import BASELINE, THIS
from experiments.provenance import left_by
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from experiments.sweep import LOG, Sweep, baselines, last_words, seed_of
from experiments.wording import RUN, Sides
from handlers.lookup.changed_since import dating
from reports.run.report import warm
from reports.sweep.report import SweepReport
from reports.text.logs import scrubbed, tail

LINES = 20  # lines at the end of a log in which its last words are looked for


def report_of(ports: ReadingPorts, sweep: Sweep) -> SweepReport:
    """Return the results of a sweep's members, judged by the base branch's configuration."""
    experiment = sweep.runs[0].experiment
    repository, project, declared = experiment.repository, experiment.project, experiment.execution.declared
    config = repository_config(ports, repository, experiment.landing.base_branch).of(project)
    tars = [path for run in sweep.runs if (path := ports.files.path(run, "baseline.tar")).exists()]
    runs = ports.store.of_pull(experiment.pull_ref)
    taken = ports.snapshots.take(repository, experiment.compared, project, declared, tars[0] if tars else None)
    before = dating(ports, repository, runs, config)(taken)
    measured = [found for run in sweep.ended if (found := _measured(ports, run, before, config))]
    failed = {run.experiment.name: _last_words(ports, run) for run in sweep.failed}
    bars = barred(None, before, Sides(after=RUN.before))  # why some or all of its numbers are not compared
    doubts = (*dict.fromkeys(bar.sentence for bar in bars.values()), *warm(sweep.runs[0], before)) if measured else ()
    repeated = None
    if experiment.sweep.repeats:
        whole = not (experiment.execution.targets or experiment.execution.flags)
        others = baselines(runs, experiment.baseline, project, seed_of(experiment)) if whole else []
        repeated = _repeats([*others, *sweep.ended], lambda run: _measured(ports, run, before, config), config)
    by_name = {each.name: each for each in measured}
    return SweepReport(sweep, config, by_name, rank(measured, config), failed, doubts, repeats=repeated)


def _repeats(runs: Sequence[Run], measure: Callable[[Run], Measured | None], config: RepoConfig) -> Repeats:
    sides: dict[str, dict[int, Snapshot]] = {BASELINE: {}, THIS: {}}
    for run in runs:
        if found := measure(run):
            sides[run.experiment.sweep.repeats][run.experiment.sweep.seed] = found.after
    return repeats(sides[BASELINE], sides[THIS], config)


def _last_words(ports: ReadingPorts, run: Run) -> str:
    """Return the last words of a run's log, without what looks like a credential."""
    return last_words(run, tail(scrubbed(ports.files.log(run, LOG)), LINES))


def _measured(ports: ReadingPorts, run: Run, before: Snapshot, config: RepoConfig) -> Measured | None:
    if not run.result.commit and (run.state is not RunState.REUSED or run.ignored):
        return None
    after = left_by(_snapshot(ports, run), run.outcome.provenance) if run.result.commit else before
    return Measured(run.experiment.name, after, compare(before, after, config))


def _snapshot(ports: ReadingPorts, run: Run) -> Snapshot:
    """Return the snapshot of a run's commit, which is fetched by its ref where the mirror lacks it."""
    repository, project, declared = run.experiment.repository, run.experiment.project, run.experiment.execution.declared
    try:
        return ports.snapshots.take(repository, run.result.commit, project, declared)
    except NotFound:
        ports.git.fetch(repository, [run.result.commit])
        return ports.snapshots.take(repository, run.result.commit, project, declared)
