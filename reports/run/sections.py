"""The parts of a report in the order in which they are read. A part with nothing to say is empty."""

from collections.abc import Sequence

from experiments.run_state import RunState
from reports.run import recipes
from reports.run.environment import environment
from reports.run.gallery import gallery
from reports.run.gates import gate_line
from reports.run.headline import headline, origin
from reports.run.provenance import made_line
from reports.run.reached import warning, where
from reports.run.report import Report
from reports.text import tables
from reports.text.logs import tail
from reports.text.markdown import details, fence, points, quotation, sentence
from reports.text.size_limits import SizeLimits


def told(report: Report, room: SizeLimits) -> list[str]:
    """Return the parts that everybody reads."""
    run, compared, inputs = report.run, report.comparison, report.run.experiment.change.inputs
    trained = report.after or report.before
    return [
        headline(report, room.words),
        gate_line(report.failing, room.words),
        warning(run, room.words),
        origin(report, room.words),
        sentence(made_line(run, trained.stages if trained else ()), room.words),
        where(run),
        quotation(run.experiment.change.description, room.words),
        tables.metrics(compared, room) if compared else "",
        tables.params(compared.params, room) if compared else "",
        tables.inputs(inputs, room.rows) if inputs else "",
        "" if run.state in (RunState.SUCCEEDED, RunState.REUSED) else log(report.log, room.log),
        notes(report.notes, room),
    ]


def shown(report: Report, room: SizeLimits) -> list[str]:
    """Return the pictures, and the parts that are folded."""
    parts = [gallery(report.pictures, room), environment(report, room)]
    if room.recipes and report.run.state is RunState.SUCCEEDED:
        look = f"Look at it in your clone{recipes.look_size(report)}"
        parts.append(details(look, recipes.look(report), room.folds))
        parts.append(details("Train it again from nothing", recipes.retrain(report), room.folds))
    return parts


def log(words: str, lines: int) -> str:
    """Return the last lines of a log in a fence. Empty where there are none."""
    last = tail(words, lines)
    return f"The last lines of its log:\n\n{fence(last, 'text')}" if last else ""


def notes(said: Sequence[str], room: SizeLimits) -> str:
    """Return the notes of a report, a point each."""
    return points(said, room.notes, room.words)
