"""The comments and the check run of a sweep: the table that fills, and the comment at the end."""

import hashlib
from collections.abc import Iterator, Sequence

from bot.ports.git_host import Check
from experiments.data.delivered import Data
from experiments.judging.comparison import Comparison, Verdict
from experiments.judging.metrics import difference
from experiments.offering import from_it
from experiments.run import Run
from experiments.run_state import RunState
from experiments.sweep import counts, how
from experiments.wording import closed, quoted, some
from reports.run.check_run import called, in_check
from reports.run.checkpoints import can_resume
from reports.run.comment import in_comment
from reports.run.gallery import gallery
from reports.run.gates import gate_line, gate_title
from reports.run.headline import BESIDE, SYMBOLS
from reports.run.reached import can_push, lacking, once_named
from reports.run.sections import notes as listed
from reports.sweep import repeats
from reports.sweep.report import SweepReport
from reports.sweep.table import listing
from reports.text import links, markdown
from reports.text.markdown import code, plain, sentence
from reports.text.shortened import ending
from reports.text.size_limits import SizeLimits
from reports.text.tables import shown
from reports.text.titles import selecting


def marker(name: str, what: str = "") -> str:
    """Return the hidden line by which a comment about a sweep is found again. It has a digest, as a marker can't hold
    dashes."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return markdown.marker(f"sweep:{digest}{f':{what}' if what else ''}")


def title(report: SweepReport) -> str:
    """Return the title as plain text: `accuracy 0.950, best of 12, unconfirmed`."""
    best, ranking = report.ranking.best, report.ranking
    if report.failing:
        return gate_title(report.failing)
    if report.repeats:
        return repeats.title(report.repeats, report.sweep)
    delta = best.delta(ranking.file, ranking.metric) if best else None
    if best is None or delta is None:
        return f"{len(report.sweep.ended)} of {len(report.sweep.runs)} ended, and none is best"
    return f"{plain(ranking.label, 60)} {shown(delta.after, delta.before)}, {standing(report)}"


def standing(report: SweepReport) -> str:
    """Return what the best is worth. It is unconfirmed, since one run of each member tells nothing of chance."""
    if report.repeats:
        return repeats.standing(report.repeats)
    best = report.ranking.best
    beside = BESIDE.get(best.comparison.verdict, "") if best else ""
    return f"best of {len(report.ranking.order)}{f' and {beside}' if beside else ''}, unconfirmed"


def table(report: SweepReport) -> str:
    """Return the comment with the table that fills, in the order of the members' numbers."""

    def parts(limits: SizeLimits) -> list[str]:
        members = listing(report, report.sweep.runs, limits)
        return [marker(report.sweep.name), _about(report), members, unpushed(report.sweep.runs, limits), _go_on(report)]

    return in_comment(parts, report.host)


def over(report: SweepReport, mark: str) -> str:
    """Return the comment at the end, the best member first."""
    ranked = {each.name: place for place, each in enumerate(report.ranking.order)}
    runs = sorted(report.sweep.runs, key=lambda run: ranked.get(run.experiment.name, len(ranked)))

    def parts(limits: SizeLimits) -> list[str]:
        return [
            mark,
            _headline(report),
            gate_line(report.failing, limits.words),
            listing(report, runs, limits),
            _notes(report, limits),
            _failures(report, limits),
            gallery(report.pictures, limits),
            _next(report),
        ]

    return in_comment(parts, report.host)


def ended_early(report: SweepReport, mark: str) -> str:
    """Return the comment where the first members failed alike, so that the rest is held."""
    sweep = report.sweep
    held = sum(run.state is RunState.HELD for run in sweep.runs)

    def parts(limits: SizeLimits) -> list[str]:
        return [
            mark,
            f"**✕ The first {len(sweep.failed)} experiments of the sweep {code(sweep.name)} failed in the same way.** "
            f"The rest is held back, {held} of them.",
            _failures(report, limits),
            "**Next:** `/start` trains the others anyway, `/remove --queue` takes them away. "
            f"{code(f'/retry {sweep.name}')} trains again what failed, once it is fixed.",
        ]

    return in_comment(parts, report.host)


def check(report: SweepReport) -> Check | None:
    """Return the one check run of a sweep. None while no member was started."""
    sweep = report.sweep
    if all(run.state is RunState.HELD for run in sweep.runs):
        return None
    first = sweep.runs[0].experiment
    sha, name = first.shown_at, called(first.project, sweep.name)
    if not sweep.over:
        return Check(name, sha, "in_progress", f"A sweep of {len(sweep.runs)} experiments", _asked(report))
    states = {run.state for run in sweep.runs}
    failed = states - {RunState.SUCCEEDED, RunState.REUSED, RunState.CANCELLED}
    conclusion = "failure" if failed or report.failing else "cancelled" if states == {RunState.CANCELLED} else "success"

    def parts(limits: SizeLimits) -> list[str]:
        members = listing(report, sweep.runs, limits)
        return [_headline(report), gate_line(report.failing, limits.words), members, unpushed(sweep.runs, limits)]

    return Check(name, sha, "completed", title(report), in_check(parts, report.host), conclusion=conclusion)


def unpushed(runs: Sequence[Run], limits: SizeLimits) -> str:
    """Return a line for each cause of missing data, with the members whose data a clone would lack."""
    alike: dict[tuple[str, str, bool], list[Run]] = {}
    for run in runs:
        if run.result.in_git and run.result.delivered.missing:
            alike.setdefault((lacking(run), run.result.delivered.cause, can_push(run)), []).append(run)
    lines = []
    for (what, cause, by_hand), missing in alike.items():
        names = some((code(run.experiment.name) for run in missing), 5)
        sweep = missing[0].experiment.sweep.name
        push = f"`/retry {sweep} --push` pushes what is missing." if by_hand else ""
        push = once_named(missing[0], sweep) if missing[0].result.delivered.data is Data.NO_REMOTE else push
        lines.append(f"- {names}: {sentence(' '.join(filter(None, (what, closed(cause), push))), limits.words)}")
    return "\n".join(lines)


def _about(report: SweepReport) -> str:
    return f"**Sweep {code(report.sweep.name)}: {counts(report.sweep.runs)}.** {_asked(report)}"


def _asked(report: SweepReport) -> str:
    sweep, experiment = report.sweep, report.sweep.runs[0].experiment
    commit, author = links.commit(experiment.repository, experiment.baseline), code(experiment.asked.author)
    sentence = f"{len(sweep.runs)} experiments on {commit}, asked for by {author}; the branch is left alone."
    return sentence + can_resume(sweep.runs[0])


def _headline(report: SweepReport) -> str:
    sweep, ranking = report.sweep, report.ranking
    if report.repeats:
        return repeats.headline(report.repeats, sweep)
    best = ranking.best
    delta = best.delta(ranking.file, ranking.metric) if best else None
    failed = len(sweep.failed)
    rest = f" {failed} of {len(sweep.runs)} did not work." if failed else ""
    if best is None or delta is None:
        counted = f"**Sweep {code(sweep.name)}: {counts(sweep.runs)}, and none is best.**"
        return f"{counted}{rest} {sentence(ranking.reason)}"
    change = difference(delta.before, delta.after)
    against = f" (baseline {shown(delta.before, delta.after)}, {change})" if change else ""
    verdict = best.comparison.verdict
    symbol = "★" if best.comparison.invites else SYMBOLS[verdict]
    settled = verdict is Verdict.NO_BASELINE or verdict in BESIDE
    also = "" if settled else f" Against the baseline it is {verdict}."
    tied = f" {sentence(ranking.tied)}" if ranking.tied else ""
    return (
        f"**{symbol} Sweep {code(sweep.name)}: {code(best.name)} is {standing(report)}: "
        f"{code(ending(ranking.label, 60), 60)} {shown(delta.after, delta.before)}{against}.**{rest}{also}{tied} "
        "Each was trained once, so the order may be due to chance."
    )


def _notes(report: SweepReport, limits: SizeLimits) -> str:
    """Return notes on members that have no place in the order, on doubts, and on mistakes in the configuration."""
    left_out = {} if report.repeats else report.ranking.left_out
    notes = [f"{quoted(name)} is not ranked. {why}" for name, why in left_out.items()]
    notes += report.repeats.comparison.barred if report.repeats else ()
    notes += [*report.doubts, *report.config.problems]
    return listed(notes, limits)


def _failures(report: SweepReport, limits: SizeLimits) -> str:
    """Return a line for each kind of failure, with the members that failed so."""
    alike: dict[str, list[Run]] = {}
    for run in report.sweep.failed:
        alike.setdefault(how(run, report.failed[run.experiment.name]), []).append(run)
    lines = []
    for runs in list(alike.values())[: max(1, limits.notes)]:
        first = runs[0].experiment.name
        names = some((code(run.experiment.name) for run in runs), 5)
        exit_code = f" with exit code {runs[0].outcome.exit_code}" if runs[0].outcome.exit_code else ""
        why = report.failed[first] or runs[0].outcome.reason
        lines.append(f"- {names}: {runs[0].state}{exit_code}. {code(why, 200)} {code(f'/logs {first}')}")
    more_kinds = len(alike) - len(lines)
    lines += [f"- … {more_kinds} more kinds of failure."] if more_kinds > 0 else []
    return "\n".join(lines)


def _go_on(report: SweepReport) -> str:
    """Return what to type while the sweep is not over. Empty afterwards."""
    sweep = report.sweep
    if any(run.state is RunState.HELD for run in sweep.runs):
        return "**Next:** `/start` trains what is in the queue, `/remove --queue` takes it away."
    if not sweep.over:
        return f"{code('/queue')} shows when it may be finished, {code(f'/cancel {sweep.name}')} stops all of it."
    return ""


def _next(report: SweepReport) -> str:
    """Return what to type when the sweep is over."""
    if report.repeats:
        return repeats.next_step(report.repeats, report.sweep)
    sweep, best = report.sweep, report.ranking.best
    asked, sentences = sweep.runs[0].experiment, []
    applicable = best and any(run.experiment.name == best.name and run.result.commit for run in sweep.runs)
    if best and not best.comparison.invites:
        beside = BESIDE[best.comparison.verdict]
        sentences.append(f"the best of them is {beside}: there is nothing to put on the branch.")
    elif best and (why := report.unfit(best.name)):
        sentences.append(f"no branch gets {code(best.name)} as it is. {sentence(why)}")
    elif best and applicable:
        sentences.append(
            f"{code('/apply best')} puts {code(best.name)} on the branch ({code(f'/apply {best.name}')} does so later, "
            f"too), {code(from_it(best.name, asked))} trains its parameters with the current head."
        )
        if report.config.seed:
            sentences.append(f"{code(from_it('best', asked, '--repeat 3'))} shows whether it is more than luck.")
    elif not best:
        sentences += _unranked(report)
    if sweep.failed:
        sentences.append(f"{code('/retry failed')} trains again what did not work.")
    return f"**Next:** {' '.join(sentences)}" if sentences else ""


def _unranked(report: SweepReport) -> Iterator[str]:
    """Yield what to do where no member is best."""
    first, measured = report.sweep.runs[0].experiment, report.measured.values()
    project = selecting(first.project, report.config)
    if measured and all(each.comparison.deltas and _inherited(each.comparison) for each in measured):
        yield (
            "no stage that writes a metric ran again in any of them, because nothing that it reads changed: "
            f"{code(f'/params{project}')} shows which stages read which parameter."
        )
    elif kept := [run.experiment.name for run in report.sweep.runs if run.result.commit]:
        yield (
            f"{code(f'/show{project}')} has them beside each other, {code(f'/diff HEAD {kept[0]}')} compares one with "
            "the head."
        )


def _inherited(comparison: Comparison) -> bool:
    return all(delta.foreign for delta in comparison.deltas)
