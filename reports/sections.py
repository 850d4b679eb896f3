"""The parts of a report in the order they are read: each a function of report and room, empty where it has no word."""

from collections.abc import Callable, Sequence

from experiments.run import State
from reports import recipes, tables
from reports.environment import environment, size
from reports.gallery import gallery
from reports.gates import gate_line
from reports.headline import headline, origin
from reports.logs import tail
from reports.markdown import details, fence, quotation, sentence
from reports.provenance import made_line
from reports.reached import warning, where
from reports.report import Report
from reports.room import Room

Section = Callable[[Report, Room], str]


def told(report: Report, room: Room) -> list[str]:
    """What everybody reads."""
    return [part(report, room) for part in TOLD]


def shown(report: Report, room: Room) -> list[str]:
    """Pictures, and what is opened by those who want it."""
    return [part(report, room) for part in SHOWN]


def log(words: str, lines: int) -> str:
    """The last lines in a fence."""
    last = tail(words, lines)
    return f"The last lines of its log:\n\n{fence(last, 'text')}" if last else ""


def notes(said: Sequence[str], room: Room) -> str:
    """What could not be read and what else went wrong: a point each."""
    lines = [f"- {sentence(note, room.words)}" for note in said[: room.notes]]
    if len(said) > room.notes:
        lines.append(f"- … {len(said) - room.notes} more of this kind.")
    return "\n".join(lines)


def _verdict(report: Report, room: Room) -> str:
    return headline(report, room.words)


def _gate(report: Report, room: Room) -> str:
    return gate_line(report.failing, room.words)


def _warning(report: Report, room: Room) -> str:
    return warning(report.run, room.words)


def _origin(report: Report, room: Room) -> str:
    return origin(report, room.words)


def _made(report: Report, room: Room) -> str:
    trained = report.after or report.before
    frozen = [stage.name for stage in trained.stages if stage.frozen] if trained else []
    return sentence(made_line(report.run, frozen), room.words)


def _where(report: Report, room: Room) -> str:
    return where(report.run)


def _description(report: Report, room: Room) -> str:
    return quotation(report.run.experiment.description, room.words)


def _metrics(report: Report, room: Room) -> str:
    return tables.metrics(report.comparison, room) if report.comparison else ""


def _params(report: Report, room: Room) -> str:
    return tables.params(report.comparison.params, room) if report.comparison else ""


def _inputs(report: Report, room: Room) -> str:
    chosen = report.run.experiment.inputs
    return tables.inputs(chosen, room.rows) if chosen else ""


def _log(report: Report, room: Room) -> str:
    worked = report.run.state in (State.SUCCEEDED, State.REUSED)
    return "" if worked else log(report.log, room.log)


def _notes(report: Report, room: Room) -> str:
    return notes(report.notes, room)


def _pictures(report: Report, room: Room) -> str:
    return gallery(report.pictures, room)


def _environment(report: Report, room: Room) -> str:
    return environment(report, room.packages, room.files)


def _look(report: Report, room: Room) -> str:
    if not room.recipes or report.run.state is not State.SUCCEEDED:
        return ""
    fetched = recipes.look_size(report)
    much = f" (fetches {size(fetched)})" if fetched is not None else ""
    return details(f"Look at it in your clone{much}", recipes.look(report))


def _retrain(report: Report, room: Room) -> str:
    if not room.recipes or report.run.state is not State.SUCCEEDED:
        return ""
    return details("Train it again from nothing", recipes.retrain(report))


TOLD: tuple[Section, ...] = (
    _verdict,
    _gate,
    _warning,
    _origin,
    _made,
    _where,
    _description,
    _metrics,
    _params,
    _inputs,
    _log,
    _notes,
)
SHOWN: tuple[Section, ...] = (_pictures, _environment, _look, _retrain)
