"""A run as a check run: queued, in progress with the end of its log, or completed with its report."""

from collections.abc import Callable, Sequence

from bot.ports.git_host import Button, Check
from experiments.data.delivered import Data
from experiments.durations import spell
from experiments.hosts import Host
from experiments.offering import Offer, offered
from experiments.run import Run
from experiments.run_state import BEFORE, RETRYABLE, RunState
from reports.run.checkpoints import can_resume
from reports.run.headline import title
from reports.run.recipes import next_step
from reports.run.report import Report
from reports.run.sections import log as log_part
from reports.run.sections import shown, summary_parts
from reports.text.markdown import code, plain
from reports.text.size_limits import SizeLimits, fitting
from reports.text.titles import experiment_title, outcome

# Success means that the run worked and every gate holds. The report tells whether its numbers are good.
CONCLUSIONS = {
    RunState.SUCCEEDED: "success",
    RunState.REUSED: "neutral",
    RunState.FAILED: "failure",
    RunState.REFUSED: "failure",
    RunState.TIMED_OUT: "timed_out",
    RunState.VANISHED: "failure",
    RunState.INTERRUPTED: "failure",
    RunState.CANCELLED: "cancelled",
}
RETRY = Button("Retry", "retry", "Train the same experiment again")
APPLY = Button("Apply", "apply", "Put parameters and results on the branch")
PHASES = {
    RunState.ASKING: "Waiting for approval: `/approve`",
    RunState.HELD: "In the queue until `/start`",
    RunState.WAITING: "Waiting for its turn",
    RunState.QUEUED: "Waiting for a free runner",
    RunState.PREPARING: "Preparing: clone, environment, data",
    RunState.TRAINING: "Training",
    RunState.UPLOADING: "Trained: its outputs are on their way",
    RunState.FINISHING: "Trained: its result is being looked at",
}


def check(run: Run, report: Report | None, log: str) -> Check:
    """Return the check run of a run as it is now, on the commit it started from. `report`: of an ended run."""
    name = called(run.experiment.project, run.experiment.name)
    # The number of answered presses tells a new press of a button from one that is delivered twice.
    external_id = f"{run.id}.{run.published.pressed}"
    sha, host = run.experiment.shown_at, run.experiment.repository.host
    if run.state.ended:
        short = title(report) if report else outcome(run).capitalize()
        short += ", data not pushed" if run.result.in_git and run.result.delivered.data is Data.NOT_PUSHED else ""
        summary = (
            in_check(lambda limits: [*summary_parts(report, limits), next_step(report)], host) if report else short
        )
        rest = in_check(lambda limits: shown(report, limits), host) if report else ""
        conclusion = "failure" if report and report.failing else CONCLUSIONS[run.state]
        worth = not (report and report.comparison) or report.comparison.invites
        worth = worth and not (report and report.after and offered(run.experiment, report.after) is not Offer.ALL)
        moved = bool(report and report.moved)
        return Check(
            name, sha, "completed", short, summary, rest, conclusion, external_id, buttons=buttons(run, worth, moved)
        )
    # A title is not Markdown.
    waits = run.attempt.waits if run.state in (RunState.WAITING, RunState.QUEUED, RunState.FINISHING) else ""
    phase = plain(waits.replace("`", "")) or PHASES[run.state]
    status = "queued" if run.state in BEFORE else "in_progress"
    asked = f"{experiment_title(run.experiment)}, asked for by {code(run.experiment.asked.author)}."
    limit = f"It may train for {spell(run.experiment.execution.timeout)}.{can_resume(run)}"

    def tail(limits: SizeLimits) -> list[str]:
        return [log_part(log, limits.log)]

    return Check(name, sha, status, phase, f"{asked} {limit}", in_check(tail, host), external_id=external_id)


def buttons(run: Run, worth: bool = True, moved: bool = False) -> tuple[Button, ...]:
    """Return the buttons of an ended run. The host's own Re-run is beside them.

    `worth`: whether the run is offered for the branch. `moved`: the head is another commit, so that the same can't be
    trained.
    """
    most = run.experiment.repository.host.buttons
    if run.state in RETRYABLE:
        return () if moved else (RETRY,)[:most]
    waits = run.state is RunState.SUCCEEDED and not (run.result.landed or run.result.unfit)
    return (APPLY,)[:most] if worth and waits else ()


def called(project: str, name: str) -> str:
    """Return the name of the check run of an experiment or a sweep."""
    return f"studio{f' {plain(project, 60)}' if project else ''}: {name}"


def experiment_in(name: str) -> str:
    """Return the name of the experiment in the name of its check run."""
    return name.rpartition(": ")[2]


def in_check(parts: Callable[[SizeLimits], Sequence[str]], host: Host) -> str:
    """Return the parts as the summary or the text of a check run, no longer than the host allows."""
    return fitting(parts, host, host.check_limit, _bytes)


def _bytes(words: str) -> int:
    return len(words.encode("utf-8", "replace"))
