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


def summary_parts(report: Report, limits: SizeLimits) -> list[str]:
    """Return the parts that everybody reads."""
    run, compared, inputs = report.run, report.comparison, report.run.experiment.change.inputs
    trained = report.after or report.before
    return [
        headline(report, limits.words),
        gate_line(report.failing, limits.words),
        warning(run, limits.words),
        origin(report, limits.words),
        sentence(made_line(run, trained.stages if trained else ()), limits.words),
        where(run),
        quotation(run.experiment.change.description, limits.words),
        tables.metrics(compared, limits) if compared else "",
        tables.params(compared.params, limits) if compared else "",
        tables.inputs(inputs, limits.rows) if inputs else "",
        "" if run.state in (RunState.SUCCEEDED, RunState.REUSED) else log(report.log, limits.log),
        notes(report.notes, limits),
    ]


def shown(report: Report, limits: SizeLimits) -> list[str]:
    """Return the pictures, and the parts that are folded."""
    parts = [gallery(report.pictures, limits), environment(report, limits)]
    if limits.recipes and report.run.state is RunState.SUCCEEDED:
        look = f"Look at it in your clone{recipes.look_size(report)}"
        parts.append(details(look, recipes.look(report), limits.folds))
        parts.append(details("Train it again from nothing", recipes.retrain(report), limits.folds))
    return parts


def log(words: str, lines: int) -> str:
    """Return the last lines of a log in a fence. Empty where there are none."""
    last = tail(words, lines)
    return f"The last lines of its log:\n\n{fence(last, 'text')}" if last else ""


def notes(sentences: Sequence[str], limits: SizeLimits) -> str:
    """Return the notes of a report, a point each."""
    return points(sentences, limits.notes, limits.words)
