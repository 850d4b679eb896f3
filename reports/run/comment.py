"""The comment with the report of a run."""

from collections.abc import Callable, Sequence

from experiments.hosts import Host
from experiments.run import Run
from reports.run.recipes import next_step
from reports.run.report import Report
from reports.run.sections import shown, summary_parts
from reports.text import markdown
from reports.text.size_limits import SizeLimits, fitting


def marker(run: Run) -> str:
    """Return the hidden line by which the comment of a run is found again."""
    return markdown.marker(f"run:{run.id}")


def render(report: Report) -> str:
    """Return the whole comment, no longer than the host allows."""

    def parts(limits: SizeLimits) -> list[str]:
        return [marker(report.run), *summary_parts(report, limits), *shown(report, limits), next_step(report)]

    return in_comment(parts, report.run.experiment.repository.host)


def in_comment(parts: Callable[[SizeLimits], Sequence[str]], host: Host) -> str:
    """Return the parts as one comment, no longer than the host allows."""
    return fitting(parts, host, host.comment_limit, characters)


def characters(words: str) -> int:
    """Return the number of characters in UTF-16, which is the strictest count."""
    return len(words.encode("utf-16-le", "replace")) // 2
