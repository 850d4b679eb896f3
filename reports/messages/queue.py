"""What the bot says about the queue of a pull request and about sweeps."""

from collections.abc import Sequence

from experiments.durations import spell
from experiments.estimate import Estimate
from experiments.hosts import Host
from experiments.judging.comparison import Verdict
from experiments.refs import Kept
from experiments.run import Run, State
from experiments.sweep import Sweep, counts
from experiments.wording import for_shell, some
from reports.sweep.comment import standing
from reports.sweep.report import SweepReport
from reports.text.markdown import code, fence, sentence, table, text
from reports.text.tables import shown
from reports.text.values import NONE

_ROWS = 60  # experiments in one table
_NAMED = 20  # experiments in one sentence
_STATES = {
    State.ASKING: "waits for `/approve`",
    State.HELD: "waits for `/start`",
    State.WAITING: "waits for its turn",
    State.QUEUED: "waits for a runner",
}


def confirm(count: int, most: int, line: str) -> str:
    """So many?"""
    return (
        f"That is a sweep of {count} experiments; more than {most} are begun only when they are confirmed:\n\n"
        f"{fence(f'{line} --yes')}"
    )


def queued(name: str, position: int) -> str:
    """It waits."""
    return f"{code(name)} is in the queue, at position {position}. `/start` trains what is there."


def nothing_held(host: Host) -> str:
    """Nothing to start."""
    return f"Nothing is in the queue of this {host.request}. `/run --queue …` puts an experiment or a sweep there."


def started(held: int, waiting: int, at_once: int, wanted: int, allowed: int) -> str:
    """How many, and how many at once."""
    what = f"{held} experiment{'' if held == 1 else 's'} of the queue {'is' if held == 1 else 'are'} started"
    said = f"{what}, {at_once} at once." if held else f"From now on {at_once} train at once."
    said += f" {waiting} that were started before go first." if held and waiting else ""
    return said + (f" `jobs` in `.github/studio.yml` allows {allowed}." if wanted > allowed else "")


def nothing_failed(host: Host) -> str:
    """Nothing to retry."""
    return f"In no sweep of this {host.request} is there an experiment that did not work. `/retry` alone is about runs."


def all_worked(sweep: Sweep) -> str:
    """Nothing to retry in this one."""
    return f"Of the sweep {code(sweep.name)}, {counts(sweep.runs)}: none of them needs to be trained again."


def no_sweep(host: Host) -> str:
    """Best of what?"""
    return (
        f"There was no sweep in this {host.request} yet: `/run -S NAME=1,2,3` is one. `/apply NAME` takes an "
        "experiment."
    )


def best_so_far(report: SweepReport) -> str:
    """It is not over."""
    sweep, leading = report.sweep, None if report.repeats else report.ranking.best
    worth = leading is not None and leading.comparison.invites and not report.unfit(leading.name)
    so_far = f" {code(f'/apply {leading.name}')} takes what is best so far." if leading and worth else ""
    return f"The sweep {code(sweep.name)} is not over: {counts(sweep.runs)}.{so_far}"


def none_best(report: SweepReport) -> str:
    """No order."""
    return f"No experiment of the sweep {code(report.sweep.name)} is best. {sentence(report.ranking.reason)}"


def best_is_head(report: SweepReport, name: str) -> str:
    """Nothing to apply."""
    return f"{code(name)} is {standing(report)}, and it is the head as it is: there is nothing to apply."


def chosen(report: SweepReport) -> str:
    """What is applied, and what that is worth."""
    if report.repeats:
        return f"It is {standing(report)}; of them this is the one with the configured seed. "
    against, best = "", report.ranking.best
    if best and best.comparison.verdict is Verdict.WORSE and (leading := best.comparison.leading):
        values = f"{shown(leading.before, leading.after)} → {shown(leading.after, leading.before)}"
        against = f" **It is worse than the baseline: {code(leading.name, 60)} {values}.**"
    return f"It is {standing(report)}: each was trained once, and chance may have its part in the order.{against} "


def begins(seconds: float) -> str:
    """When one that waits may begin."""
    return "at once" if seconds < 1 else f"in about {spell(seconds)}"


def queue(
    host: Host,
    waiting: Sequence[Run],
    busy: Sequence[Run],
    found: Estimate | None,
    at_once: int,
    runners: int | None,
    others: int,
    now: float,
) -> str:
    """Those that wait, in their order. `runners`: processes that take them, None where machines are launched; `others`:
    runs of other pull requests that these processes train."""
    if not waiting and not busy:
        return nothing_held(host)
    rows = [
        (
            str(place),
            code(run.experiment.name),
            _STATES[run.state],
            spell(now - run.created),
            begins(found.starts[place - 1]) if found else NONE,
        )
        for place, run in enumerate(waiting[:_ROWS], 1)
    ]
    parts = [f"**Queue of this {host.request}:** {len(waiting)} waiting, {len(busy)} under way."]
    if rows:
        parts.append(table(("position", "experiment", "state", "age", "may begin"), rows, "rlllr"))
    if len(waiting) > len(rows):
        parts.append(f"{len(waiting) - len(rows)} more are not shown.")
    parts.append(_when(host, found, at_once, runners, others, any(run.state is State.HELD for run in waiting)))
    if any(run.state is State.HELD for run in waiting):
        parts.append("**Next:** `/start` trains what waits for it, `/remove --queue` takes all of the queue away.")
    return "\n\n".join(parts)


def _when(host: Host, found: Estimate | None, at_once: int, runners: int | None, others: int, held: bool) -> str:
    """How long it may take, and from what that was made."""
    said = f"{at_once} of this {host.request} train at once at most, "
    if runners is None:
        said += "on machines that are launched for them."
    else:
        said += f"and this bot has {runners} runner process{'' if runners == 1 else 'es'} for them"
        said += f", which also train {others} of other {host.request}s." if others else "."
    if runners == 0:
        return f"{said} Until its operator starts one, nothing is trained."
    if found is None:
        return f"{said} Nothing of this repository was trained yet, so nobody can tell how long it takes."
    condition = "if `/start` is typed now, " if held else ""
    many = f"the median of the last {found.known} runs" if found.known > 1 else "as the one run before"
    return (
        f"{said} At {spell(found.each)} each ({many}), {condition}all of it may be through in about "
        f"{spell(found.through)}."
    )


def nothing_queued(host: Host) -> str:
    """Nothing to take away."""
    return f"Nothing waits in the queue of this {host.request}."


def at_work(run: Run, sweep: Sweep | None) -> str:
    """It has to be stopped first."""
    name = sweep.name if sweep else run.experiment.name
    return f"{code(run.experiment.name)} is {run.state}: {code(f'/cancel {name}')} stops it, then it can be removed."


def left_nothing(run: Run, sweep: Sweep | None) -> str:
    """There is no ref."""
    name = sweep.name if sweep else run.experiment.name
    return f"{code(name)} left no experiment in this repository: there is nothing to remove."


def not_removed(reason: str) -> str:
    """The host's, or git's."""
    return f"Nothing was removed. {text(reason)}"


def removed(experiments: Sequence[Kept], runs: Sequence[Run]) -> str:
    """Exactly what."""
    parts = []
    if runs:
        names = some((code(run.experiment.name) for run in runs), _NAMED)
        parts.append(f"Out of the queue: {names}.")
    if experiments:
        names = some((f"{code(each.name)} ({code(each.sha[:7])})" for each in experiments), _NAMED)
        back = for_shell("git push origin", [f"{experiments[0].sha}:{experiments[0].ref}"])
        parts.append(
            f"Deleted: {names}. What of it is on a branch stays there; {sentence(back)} in a clone that has the commit "
            "brings it back."
        )
    return "\n\n".join(parts)


def all_removed(name: str) -> str:
    """Nothing is left of a sweep."""
    return f"All experiments of the sweep {code(name)} were removed from the queue."
