"""The environment of a run: Python, packages, machine and the hashes of the data."""

from experiments.data.amounts import counted
from experiments.parts.outcome import Environment
from reports.run.report import Report
from reports.text.markdown import code, details, fence, plain, table, text
from reports.text.size_limits import SizeLimits


def environment(report: Report, limits: SizeLimits) -> str:
    """Return a folded part with no more packages and data files than `limits` allow. Empty where nothing is known."""
    found = report.run.outcome.environment
    parts = [text(f"Machine: {found.machine}")] if found.machine else []
    data = counted(report.after) if report.after else ()
    if data and limits.files:
        rows = [[code(each.path), code(each.md5, 40), size(each.size)] for each in data[: limits.files]]
        parts += [table(["data", "hash", "size"], rows, "llr"), _more(len(data) - limits.files, "file")]
    if found.packages and limits.packages:
        shown = "\n".join(line[:200] for line in found.packages[: limits.packages])
        parts += ["Packages, frozen:", fence(shown), _more(len(found.packages) - limits.packages, "package")]
    if not any(parts):
        return ""
    return details(_summary(found, len(data), _asked(report)), "\n\n".join(filter(None, parts)), limits.folds)


def size(count: int | None) -> str:
    """Return a number of bytes for people: `1.5 MB`. Empty where it is not known."""
    if count is None:
        return ""
    if count < 1000:
        return f"{count} bytes"
    for unit, step in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if count < step * 1000:
            return f"{count / step:.3g} {unit}"
    return f"{count / 1e12:,.3g} TB"


def _asked(report: Report) -> str:
    """Return which Python the project asks for, whether or not the runner had it. Empty where it does not say."""
    looked_at = report.after or report.before
    installs = looked_at.prerequisites.installs if looked_at else None
    if installs is None or not installs.python:
        return ""
    return f" ({plain(installs.python_from, 60)} asks for {plain(installs.python, 60)})"


def _summary(found: Environment, files: int, asked: str) -> str:
    versions = [f"Python {found.python}{asked}" if found.python else "", f"DVC {found.dvc}" if found.dvc else ""]
    counts = [_counted(len(found.packages), "package"), _counted(files, "data file")]
    return ": ".join(filter(None, ["Environment", ", ".join(filter(None, versions + counts))]))


def _counted(count: int, what: str) -> str:
    """Return a count with its noun: `1 package`, `2 packages`. Empty for zero."""
    return f"{count} {what}{'s' * (count > 1)}" if count > 0 else ""


def _more(count: int, what: str) -> str:
    counted = _counted(count, f"more {what}")
    return f"… {counted}." if counted else ""
