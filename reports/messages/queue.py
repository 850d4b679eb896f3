"""What the bot says about the queue of a pull request and about sweeps."""

from collections.abc import Sequence

from experiments.durations import spell
from experiments.estimate import Estimate
from experiments.hosts import Host
from experiments.judging.comparison import Verdict
from experiments.refs import ExperimentRef
from experiments.run import Run
from experiments.run_state import RunState
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
    RunState.ASKING: "waits for `/approve`",
    RunState.HELD: "waits for `/start`",
    RunState.WAITING: "waits for its turn",
    RunState.QUEUED: "waits for a runner",
}


def confirm(count: int, most: int, line: str) -> str:
    """Say that a large sweep has to be confirmed, with the command for that."""
    return (
        f"That is a sweep of {count} experiments; more than {most} are started only when they are confirmed:\n\n"
        f"{fence(f'{line} --yes')}"
    )


def queued(name: str, position: int) -> str:
    """Say that an experiment is in the queue."""
    return f"{code(name)} is in the queue, at position {position}. `/start` trains what is there."


def nothing_held(host: Host) -> str:
    """Say that nothing waits for `/start`."""
    return f"Nothing is in the queue of this {host.request}. `/run --queue …` puts an experiment or a sweep there."


def started(held: int, waiting: int, at_once: int, wanted: int, allowed: int) -> str:
    """Say how many experiments were started, and how many train at once."""
    what = f"{held} experiment{'' if held == 1 else 's'} of the queue {'is' if held == 1 else 'are'} started"
    sentence = f"{what}, {at_once} at once." if held else f"From now on {at_once} train at once."
    sentence += f" {waiting} that were started before go first." if held and waiting else ""
    return sentence + (f" `jobs` in `.github/studio.yml` allows {allowed}." if wanted > allowed else "")


def nothing_failed(host: Host) -> str:
    """Say that no sweep has a failed experiment."""
    return f"No sweep of this {host.request} has an experiment that did not work. `/retry` alone is for runs."


def all_worked(sweep: Sweep) -> str:
    """Say that no experiment of a sweep needs to be trained again."""
    return f"Of the sweep {code(sweep.name)}, {counts(sweep.runs)}: none of them needs to be trained again."


def no_sweep(host: Host) -> str:
    """Say that there is no sweep yet, for a command that means one."""
    return (
        f"There has been no sweep in this {host.request} yet: `/run -S NAME=1,2,3` starts one. `/apply NAME` takes an "
        "experiment."
    )


def best_so_far(report: SweepReport) -> str:
    """Say that a sweep is not over, with the command for the best so far."""
    sweep, leading = report.sweep, None if report.repeats else report.ranking.best
    worth = leading is not None and leading.comparison.invites and not report.unfit(leading.name)
    so_far = f" {code(f'/apply {leading.name}')} takes what is best so far." if leading and worth else ""
    return f"The sweep {code(sweep.name)} is not over: {counts(sweep.runs)}.{so_far}"


def none_best(report: SweepReport) -> str:
    """Say why no experiment of a sweep is best."""
    return f"No experiment of the sweep {code(report.sweep.name)} is best. {sentence(report.ranking.reason)}"


def best_is_head(report: SweepReport, name: str) -> str:
    """Say that the best is the head itself, so that there is nothing to apply."""
    return f"{code(name)} is {standing(report)}, and it is the head as it is: there is nothing to apply."


def chosen(report: SweepReport) -> str:
    """Say what is known about the experiment that `/apply best` takes. Ends with a space."""
    if report.repeats:
        return f"It is {standing(report)}; of them this is the one with the configured seed. "
    against, best = "", report.ranking.best
    if best and best.comparison.verdict is Verdict.WORSE and (leading := best.comparison.leading):
        values = f"{shown(leading.before, leading.after)} → {shown(leading.after, leading.before)}"
        against = f" **It is worse than the baseline: {code(leading.name, 60)} {values}.**"
    return f"It is {standing(report)}: each was trained once, and the order may be due to chance.{against} "


def begins(seconds: float) -> str:
    """Say when a waiting run may begin. `seconds`: from now on."""
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
    """Return the queue in its order, with estimates.

    `runners`: number of processes that take runs; None where machines are launched. `others`: runs of other pull
    requests that these processes train.
    """
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
    parts.append(_when(host, found, at_once, runners, others, any(run.state is RunState.HELD for run in waiting)))
    if any(run.state is RunState.HELD for run in waiting):
        parts.append("**Next:** `/start` trains what waits for it, `/remove --queue` takes all of the queue away.")
    return "\n\n".join(parts)


def _when(host: Host, found: Estimate | None, at_once: int, runners: int | None, others: int, held: bool) -> str:
    """Say how long the queue may take, and how that was estimated."""
    sentence = f"{at_once} of this {host.request} train at once at most, "
    if runners is None:
        sentence += "on machines that are launched for them."
    else:
        sentence += f"and this bot has {runners} runner process{'' if runners == 1 else 'es'} for them"
        sentence += f", which also train {others} of other {host.request}s." if others else "."
    if runners == 0:
        return f"{sentence} Until its operator starts one, nothing is trained."
    if found is None:
        return f"{sentence} Nothing of this repository was trained yet, so nobody can tell how long it takes."
    condition = "if `/start` is typed now, " if held else ""
    source = f"the median of the last {found.known} runs" if found.known > 1 else "as the one run before"
    return (
        f"{sentence} At {spell(found.each)} each ({source}), {condition}all of it may be finished in about "
        f"{spell(found.through)}."
    )


def nothing_queued(host: Host) -> str:
    """Say that there is nothing to remove from the queue."""
    return f"Nothing waits in the queue of this {host.request}."


def at_work(run: Run, sweep: Sweep | None) -> str:
    """Say that a run has to be stopped before it can be removed."""
    name = sweep.name if sweep else run.experiment.name
    return f"{code(run.experiment.name)} is {run.state}: {code(f'/cancel {name}')} stops it, then it can be removed."


def left_nothing(run: Run, sweep: Sweep | None) -> str:
    """Say that a run or sweep has no ref to be removed."""
    name = sweep.name if sweep else run.experiment.name
    return f"{code(name)} left no experiment in this repository: there is nothing to remove."


def not_removed(reason: str) -> str:
    """Say why nothing was removed, in the words of the host or of git."""
    return f"Nothing was removed. {text(reason)}"


def removed(experiments: Sequence[ExperimentRef], runs: Sequence[Run]) -> str:
    """Say what exactly was removed, and how it comes back."""
    parts = []
    if runs:
        names = some((code(run.experiment.name) for run in runs), _NAMED)
        parts.append(f"Out of the queue: {names}.")
    if experiments:
        names = some((f"{code(each.name)} ({code(each.sha[:7])})" for each in experiments), _NAMED)
        back = for_shell("git push origin", [f"{experiments[0].sha}:{experiments[0].ref}"])
        parts.append(
            f"Deleted: {names}. Whatever is on a branch stays there; {sentence(back)} in a clone that has the commit "
            "brings it back."
        )
    return "\n\n".join(parts)


def too_many(count: int, most: int) -> str:
    """Say that one command removes no more than `most` refs, runs and checkpoints."""
    return (
        f"These are {count:,} refs, runs and checkpoints, and one `/remove` takes at most {most:,}: nothing was "
        "removed. Name fewer of them, or sweeps one after the other."
    )


def all_removed(name: str) -> str:
    """Say that all experiments of a sweep were removed from the queue."""
    return f"All experiments of the sweep {code(name)} were removed from the queue."
