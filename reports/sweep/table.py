"""The table of a sweep: a row for each member, and columns for what varies and what was measured."""

from collections import Counter
from collections.abc import Sequence

from experiments.judging.metrics import difference
from experiments.judging.ranking import Measured
from experiments.params.yaml_literal import flow
from experiments.run import Run
from experiments.run_state import RunState
from experiments.sweep import set_to
from experiments.wording import some
from reports.run.headline import SYMBOLS
from reports.sweep import repeats
from reports.sweep.report import SweepReport
from reports.text import markdown
from reports.text.markdown import code
from reports.text.size_limits import SizeLimits
from reports.text.tables import shown
from reports.text.titles import outcome, selecting
from reports.text.values import NONE

METRICS = 4  # most columns
PARAMS = 6  # most columns


def listing(report: SweepReport, runs: Sequence[Run], limits: SizeLimits) -> str:
    """Return the table with a row for each member, or for repeats, with a row for each seed."""
    if report.repeats:
        return repeats.listing(report.repeats, report.sweep, limits)
    varying = report.sweep.varying[:PARAMS]
    keys = [key for _, key in varying]
    there = Counter(each.key for found in list(report.measured.values())[:1] for each in found.after.params)
    alike = {key for key in keys if max(keys.count(key), there[key]) > 1}
    header = [code(f"{file}:{key}" if key in alike else key, 60) for file, key in varying]
    metrics = _columns(report)
    names = [name for _, name in dict.fromkeys(_every(report))]
    titles = [code(name if names.count(name) == 1 else f"{file}:{name}", 60) for file, name in metrics]
    rows = [_row(report, run, varying, metrics) for run in runs[: limits.members]]
    listing = markdown.table(
        ("experiment", "against the baseline", *titles, *header, "state"),
        rows,
        f"ll{'r' * len(titles)}{'r' * len(header)}l",
    )
    more = len(runs) - len(rows)
    hidden = len(report.sweep.varying) - len(varying)
    unseen = len(dict.fromkeys(_every(report))) - len(metrics)
    common = some((code(each.text or f"{each.key}={flow(each.value)}", 60) for each in report.sweep.common), PARAMS)
    notes = [f"All of them set {common}, too."] if common else []
    notes += [f"{more} more are not shown."] if more else []
    notes += [f"{hidden} more parameters differ."] if hidden else []
    if unseen > 0:
        line = f"/show{selecting(report.sweep.runs[0].experiment.project, report.config)}"
        notes.append(f"{unseen} more metric{'' if unseen == 1 else 's'} of theirs: {code(line)} has all that differ.")
    for word, sha in {
        outcome(run): code(run.experiment.baseline[:7]) for run in runs if run.state is RunState.REUSED
    }.items():
        notes.append(f"*{word}*: {sha} has exactly these results, so there is nothing to keep under that name.")
    return "\n\n".join([listing, *notes])


def _columns(report: SweepReport) -> list[tuple[str, str]]:
    """Return the file and name of the metrics that have a column. The one that orders is first."""
    found: dict[tuple[str, str], None] = {}
    if report.ranking.metric:
        found[report.ranking.file, report.ranking.metric] = None
    return list(found | dict.fromkeys(_every(report)))[:METRICS]


def _every(report: SweepReport) -> list[tuple[str, str]]:
    """Return the file and name of every metric of all members."""
    return [(delta.file, delta.name) for each in report.measured.values() for delta in each.comparison.results]


def _row(
    report: SweepReport, run: Run, varying: Sequence[tuple[str, str]], metrics: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    name, each = run.experiment.name, report.measured.get(run.experiment.name)
    best = report.ranking.best
    star = "★ " if best and best.comparison.invites else ""
    label = f"{star}**{code(name)}**" if best and best.name == name else code(name)
    deltas = [each.delta(file, metric) if each else None for file, metric in metrics]
    values = [shown(delta.after, delta.before) if delta else NONE for delta in deltas]
    return (
        label,
        _against(report, each) if each else NONE,
        *values,
        *(code(flow(set_to(run, place)), 40) for place in varying),
        outcome(run),
    )


def _against(report: SweepReport, each: Measured) -> str:
    """Return the verdict and the difference of the leading metric, which is named where another metric orders."""
    verdict, leading = each.comparison.verdict, each.comparison.leading
    change = difference(leading.before, leading.after) if leading and not leading.foreign else ""
    if leading and change and (leading.file, leading.name) != (report.ranking.file, report.ranking.metric):
        change = f"{code(each.comparison.named(leading), 40)} {change}"
    return f"{SYMBOLS[verdict]} {verdict}{f' ({change})' if change else ''}"
