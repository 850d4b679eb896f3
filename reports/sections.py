"""The parts of a report in the order they are read."""

from experiments.run import State
from reports import recipes, tables
from reports.environment import environment, size
from reports.gates import gate_line
from reports.headline import headline, origin
from reports.logs import tail
from reports.markdown import details, fence, picture, quotation, sentence
from reports.report import Report
from reports.room import Room


def told(report: Report, room: Room) -> list[str]:
    """What everybody reads: verdict, origin, metrics, parameters, and what could not be read."""
    parts = [headline(report, room.words), gate_line(report.failing, room.words), origin(report, room.words)]
    parts.append(quotation(report.run.experiment.description, room.words))
    comparison = report.comparison
    if comparison and comparison.deltas:
        parts.append(tables.metrics(comparison.deltas, room.rows))
    if comparison and comparison.params:
        parts.append(tables.params(comparison.params, room.rows))
    if report.run.experiment.inputs:
        parts.append(tables.inputs(report.run.experiment.inputs, room.rows))
    if report.run.state not in (State.SUCCEEDED, State.REUSED):
        parts.append(log(report.log, room.log))
    notes = [f"- {sentence(note, room.words)}" for note in report.notes[: room.notes]]
    if len(report.notes) > room.notes:
        notes.append(f"- … {len(report.notes) - room.notes} more of this kind.")
    return [*parts, "\n".join(notes)]


def shown(report: Report, room: Room) -> list[str]:
    """Pictures, and what is opened by those who want it."""
    parts = [picture(each.alt, each.url) for each in report.pictures[: room.pictures]]
    if len(report.pictures) > room.pictures:
        parts.append(f"… {len(report.pictures) - room.pictures} more pictures.")
    parts.append(environment(report, room.packages, room.files))
    if room.recipes and report.run.state is State.SUCCEEDED:
        fetched = recipes.look_size(report)
        much = f" (fetches {size(fetched)})" if fetched is not None else ""
        parts.append(details(f"Look at it in your clone{much}", recipes.look(report)))
        parts.append(details("Train it again from nothing", recipes.retrain(report)))
    return parts


def log(words: str, lines: int) -> str:
    """The last lines in a fence."""
    last = tail(words, lines)
    return f"The last lines of its log:\n\n{fence(last, 'text')}" if last else ""
