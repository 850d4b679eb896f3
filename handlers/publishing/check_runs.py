"""A run's check runs: on the head it started from, and on the commit it landed as."""

from dataclasses import replace

from bot.effects.renames import follow
from bot.errors import NotFound
from bot.ports import Ports
from bot.ports.git_host import Check
from experiments.run import Run
from experiments.run_state import RunState
from handlers.publishing.run_report import report_of
from reports.run.check_run import check
from reports.run.report import Report


def announce(ports: Ports, run_id: str) -> None:
    """Create or update a run's check runs. One that is finishing is left to its report, unless that has to wait."""
    run = ports.store.get(run_id)
    if run is None or run.fetch or (run.state is RunState.FINISHING and not run.attempt.waits):
        return
    if not run.state.ended:
        if run.experiment.sweep.name:
            return  # the sweep has one
        _show(ports, run, run.experiment.shown_at, check(run, None, ports.files.log(run)))
    elif run.published.report:
        run, pull = follow(ports, run)
        complete(ports, run, report_of(ports, run, pull))


def complete(ports: Ports, run: Run, report: Report | None) -> None:
    """Show how a run ended in its check runs, with its report and buttons; without a report, only that it ended."""
    for sha in run.commits[1:] if run.experiment.sweep.name else run.commits:
        run = _show(ports, run, sha, check(run, report, report.log if report else ""))


def _show(ports: Ports, run: Run, sha: str, wanted: Check) -> Run:
    """Create or update the check run on a commit. Return the run with the check run's id."""
    repository = run.experiment.repository
    wanted = replace(wanted, sha=sha)
    try:
        # There may be one of unknown id, which a job made that was killed before it could record the id.
        known = run.published.checks.get(sha) or ports.host.find_check(repository, sha, wanted.name, f"{run.id}.")
        if known:
            ports.host.update_check(repository, known, wanted)
        else:
            known = ports.host.create_check(repository, wanted)
    except NotFound:
        return run  # the commit or the repository is gone

    def there(now: Run) -> Run:
        return replace(now, published=replace(now.published, checks={**now.published.checks, sha: known}))

    return ports.store.update(run.id, there)
