"""The first lines of a report: the outcome of a run in one line, and who asked for it."""

from collections import Counter

from experiments.durations import spell
from experiments.judging.comparison import Comparison, Delta, Verdict
from experiments.judging.metrics import difference, written
from experiments.judging.older import older
from experiments.run import Run
from experiments.run_state import RunState
from experiments.wording import RUN, closed
from reports.run.gates import gate_title
from reports.run.machine import on, used
from reports.run.reached import nowhere
from reports.run.report import Report
from reports.text import links
from reports.text.markdown import code, plain, sentence
from reports.text.shortened import ending
from reports.text.tables import shown
from reports.text.titles import experiment_title, made_again, outcome

SYMBOLS = {
    Verdict.BETTER: "▲",
    Verdict.WORSE: "▼",
    Verdict.MIXED: "◆",
    Verdict.WITHIN_NOISE: "≈",
    Verdict.UNCHANGED: "=",
    Verdict.NOT_COMPARABLE: "?",
    Verdict.NO_BASELINE: "●",
}

# How it compares with the baseline where that is no reason to take it.
BESIDE = {
    Verdict.WORSE: "worse than the baseline",
    Verdict.WITHIN_NOISE: "within noise of the baseline",
    Verdict.UNCHANGED: "as good as the baseline",
}


def title(report: Report) -> str:
    """Return the title of a check run, as plain text: `accuracy 0.950 (+0.012), better`."""
    run, comparison = report.run, report.comparison
    if report.failing:
        return gate_title(report.failing)
    if run.state is not RunState.SUCCEEDED or comparison is None:
        failed_with = run.outcome.exit_code if run.state is RunState.FAILED else None
        code_shown = f" with exit code {failed_with}" if failed_with else ""
        return f"{outcome(run).capitalize()}{code_shown}"
    return short(comparison)


def short(comparison: Comparison) -> str:
    """Return the leading metric with its difference and verdict, else the verdict, as plain text."""
    leading = comparison.leading
    if leading is None or leading.after is None or leading.foreign:
        return str(comparison.verdict).capitalize()
    change = difference(leading.before, leading.after)
    shown = f"{plain(ending(comparison.named(leading), 60), 60)} {plain(written(leading.after, leading.before), 40)}"
    return f"{shown} ({change}), {comparison.verdict}" if change else f"{shown} ({comparison.verdict})"


def headline(report: Report, words: int) -> str:
    """Return the outcome as a bold line and a sentence. `words`: most characters of a sentence from elsewhere."""
    run, comparison = report.run, report.comparison
    if run.state is not RunState.SUCCEEDED or comparison is None:
        before = report.before if run.state is RunState.REUSED and not made_again(run) else None
        doubt = older(before, RUN.before) if before else ""
        but = nowhere(report.before.lost) if run.state is RunState.REUSED and report.before else ""
        reason = " ".join(filter(None, (closed(run.outcome.reason), doubt, but)))
        return f"**{_ending(run, bool(doubt))}** {sentence(reason, words)}".rstrip()
    return verdict_line(comparison, words)


def verdict_line(comparison: Comparison, words: int) -> str:
    """Return the verdict, the leading metric of both sides, and why it is not comparable where that is so."""
    verdict = comparison.verdict
    first = comparison.leading
    leading = f": {_values(comparison, first)}" if first and not first.foreign else ""
    bold = f"**{SYMBOLS[verdict]} {str(verdict).capitalize()}{leading}.**"
    because = sentence(comparison.reason, words) or _count(comparison.results)
    return f"{bold} {because}".rstrip()


def origin(report: Report, words: int) -> str:
    """Return who asked for which experiment, and where its commit is."""
    run = report.run
    experiment = run.experiment
    lasted = f",{on(run)}" if on(run) else ""
    if run.state is RunState.SUCCEEDED and run.attempt.trained and run.attempt.started:
        made = run.outcome.provenance
        how = "restored from the run cache" if made and made.only_restored else "trained"
        lasted = f", {how}{on(run)} in {spell(run.attempt.trained - run.attempt.started)}"
    baseline = _commit(run, experiment.baseline)
    if experiment.landing.head_before:
        baseline += f", its parameter commit, compared with {_commit(run, experiment.landing.head_before)} before it"
    author = code(experiment.asked.author)
    sentences = f"Experiment {experiment_title(experiment)} on {baseline}, asked for by {author}{lasted}."
    if machine := used(run, run.outcome.ended or run.created, words):
        sentences += f" {machine}"
    if run.result.landed:
        commit = _commit(run, run.result.landed_as)
        return f"{sentences} Its commit {commit} became the new head of {code(experiment.landing.branch)}."
    if run.result.opened:
        pull = links.pull(experiment.repository, run.result.opened)
        return f"{sentences} It is on the new branch {code(experiment.landing.new_branch)}, with {pull}."
    if run.result.not_landed:
        where = f"on {code(experiment.landing.new_branch)}" if experiment.landing.new_branch else "on the branch"
        return f"{sentences} It is not {where}. {sentence(run.result.not_landed, words)}"
    barred = f" {sentence(run.result.unfit, words)}" if run.result.unfit else ""
    if run.state is RunState.SUCCEEDED and experiment.asked.rev:
        why = f"{code(f'--rev {experiment.asked.rev}')} is another commit than the head."
        return f"{sentences} It is not on the branch: {why}{barred}"
    if run.state is RunState.SUCCEEDED and experiment.execution.queue:
        return f"{sentences} It is not on the branch: what goes through the queue leaves the branch alone.{barred}"
    if run.state is RunState.SUCCEEDED:
        return f"{sentences} It is not on the branch, as `--temp` asks.{barred}"
    if experiment.landing.head_before:
        return f"{sentences} Its parameter commit stays on {code(experiment.landing.branch)}."
    return f"{sentences} The branch is as it was."


def _ending(run: Run, in_doubt: bool = False) -> str:
    """Return how a run ended, where it has nothing to compare. `in_doubt`: its baseline's results may be older than its
    files."""
    name, lasted = code(run.experiment.name), ""
    if run.attempt.started:
        until = run.attempt.trained or run.outcome.ended or run.attempt.started
        lasted = f" after {spell(until - run.attempt.started)}"
    match run.state:
        case RunState.FAILED if run.outcome.exit_code:
            return f"✕ Failed: {name} ended with exit code {run.outcome.exit_code}{lasted}."
        case RunState.FAILED:
            return f"✕ Failed: {name} did not get to its end."
        case RunState.REFUSED:
            return f"✕ Refused: {name} trained, and its result was not taken."
        case RunState.TIMED_OUT:
            begun = "" if run.attempt.started else ", before its training began"
            return f"✕ Timed out: {name} was stopped at its limit of {spell(run.experiment.execution.timeout)}{begun}."
        case RunState.VANISHED:
            times = f", {run.attempt.number} times in all" if run.attempt.number > 1 else ""
            return f"✕ Vanished: nothing more was heard from the machine that trained {name}{times}."
        case RunState.INTERRUPTED:
            return f"✕ Interrupted: the machine of {name} was taken away, {run.attempt.number} times in all."
        case RunState.CANCELLED if not run.attempt.token_hash:
            return f"✕ Cancelled: {name} was taken from the queue."
        case RunState.CANCELLED:
            return f"✕ Cancelled: {name} was stopped{lasted}."
        case RunState.REUSED if made_again(run):
            return (
                f"= Same result: {name} was trained again and every output came out identical. Nothing was committed."
            )
        case RunState.REUSED if run.ignored or in_doubt:
            at = code(run.experiment.baseline[:7])
            return f"= Reused: DVC skipped every stage at {at}. Nothing was trained and nothing committed."
        case RunState.REUSED:
            at = code(run.experiment.baseline[:7])
            return f"= Reused: {at} has the results of exactly this already. Nothing was trained and nothing committed."
        case state:
            return f"{name} is {state}."


def _values(comparison: Comparison, delta: Delta) -> str:
    """Return the values of a metric: `accuracy` 0.951 → 0.967 (+0.016)."""
    name = code(ending(comparison.named(delta), 60), 60)
    before, after = shown(delta.before, delta.after), shown(delta.after, delta.before)
    if delta.after is None:
        return f"{name} is missing"
    if delta.before is None:
        return f"{name} {after}"
    change = difference(delta.before, delta.after)
    return f"{name} {before} → {after}" + (f" ({change})" if change else "")


def _count(deltas: tuple[Delta, ...]) -> str:
    """Return how many metrics have each verdict. Empty for a single metric. Those whose direction is not known count as
    different."""
    differing = sum(_only_differs(delta) for delta in deltas)
    counted = Counter(delta.verdict for delta in deltas if not _only_differs(delta))
    if len(deltas) < 2 or not counted:
        return ""
    shown = [f"{counted[verdict]} {verdict}" for verdict in SYMBOLS if counted[verdict]]
    shown += [f"{differing} that differ{'s' if differing == 1 else ''}"] if differing else []
    return f"Of {len(deltas)} metrics: {', '.join(shown)}."


def _only_differs(delta: Delta) -> bool:
    return delta.verdict is Verdict.NOT_COMPARABLE and not (delta.better or delta.bar) and delta.difference != 0


def _commit(run: Run, sha: str) -> str:
    return links.commit(run.experiment.repository, sha)
