"""The comment that tells how a run ended."""

from collections.abc import Callable, Sequence

from experiments.hosts import Host
from experiments.run import Run
from reports.run.recipes import next_step
from reports.run.report import Report
from reports.run.sections import shown, told
from reports.text import markdown
from reports.text.size_limits import Room, fitting


def marker(run: Run) -> str:
    """By which the comment of a run is found again."""
    return markdown.marker(f"run:{run.id}")


def render(report: Report) -> str:
    """The whole comment, at most as long as its host takes."""

    def parts(room: Room) -> list[str]:
        return [marker(report.run), *told(report, room), *shown(report, room), next_step(report)]

    return in_comment(parts, report.run.experiment.repository.host)


def in_comment(parts: Callable[[Room], Sequence[str]], host: Host) -> str:
    """The parts as one comment that this host takes."""
    return fitting(parts, host, host.comment_limit, characters)


def characters(words: str) -> int:
    """In UTF-16, the strictest way to count them."""
    return len(words.encode("utf-16-le", "replace")) // 2
