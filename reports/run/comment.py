"""The comment that tells how a run ended."""

from experiments.run import Run
from reports.run.recipes import next_step
from reports.run.report import Report
from reports.run.sections import shown, told
from reports.text import markdown
from reports.text.size_limits import Room, fitting

LONGEST = 65_536  # characters GitHub takes in a comment


def marker(run: Run) -> str:
    """By which the comment of a run is found again."""
    return markdown.marker(f"run:{run.id}")


def render(report: Report) -> str:
    """The whole comment, at most `LONGEST` characters."""

    def parts(room: Room) -> list[str]:
        return [marker(report.run), *told(report, room), *shown(report, room), next_step(report)]

    return fitting(parts, LONGEST, characters)


def characters(words: str) -> int:
    """In UTF-16, the strictest way to count them."""
    return len(words.encode("utf-16-le", "replace")) // 2
