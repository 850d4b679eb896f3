"""Repeats in words: means with their spread, the confidence interval of the difference, and a row for each seed."""

from statistics import fmean

from experiments.judging.comparison import Verdict, measured
from experiments.judging.metrics import difference, number, written
from experiments.judging.repeats import MOST, Repeated, Repeats, spread
from experiments.offering import from_it
from experiments.parts.membership import BASELINE, THIS
from experiments.run import Run
from experiments.sweep import Sweep, configured, counts
from reports.run.headline import SYMBOLS
from reports.text import tables
from reports.text.markdown import code, plain, quotation, sentence, table
from reports.text.size_limits import SizeLimits
from reports.text.values import NONE


def title(repeats: Repeats, sweep: Sweep) -> str:
    """Return the title as plain text: `accuracy 0.951 ± 0.003 (+0.007), better, 5 seeds`."""
    leading = repeats.primary
    if leading is None:
        return f"{len(sweep.ended)} of {len(sweep.runs)} ended, and none measured anything"
    change = difference(leading.delta.before, leading.delta.after)
    shown = f"{plain(leading.delta.name, 60)} {_mean(leading.after, leading.delta.before)}"
    judged = f" ({change}), {repeats.comparison.verdict}" if change else ""
    return f"{shown}{judged}, {_seeds(len(repeats.seeds))}"


def standing(repeats: Repeats) -> str:
    """Return the verdict and the number of seeds, in a few words."""
    verdict, count = repeats.comparison.verdict, _seeds(len(repeats.seeds))
    return f"repeated with {count}" if verdict is Verdict.NO_BASELINE else f"{verdict}, by {count}"


def headline(repeats: Repeats, sweep: Sweep) -> str:
    """Return the verdict, the means, and how certain the difference is."""
    leading, comparison = repeats.primary, repeats.comparison
    failed = len(sweep.failed)
    rest = f" {failed} of {len(sweep.runs)} did not work." if failed else ""
    if leading is None:
        return f"**Repeats {code(sweep.name)}: {counts(sweep.runs)}.**{rest} {sentence(comparison.reason)}"
    delta, verdict = leading.delta, comparison.verdict
    symbol, name = SYMBOLS[verdict], code(delta.name, 60)
    after = f"{name} {_mean(leading.after, delta.before)}"
    if not leading.before:
        whose = "of the baseline" if not repeats.after else "and the baseline has none of these seeds"
        return f"**{symbol} Repeats {code(sweep.name)}: {after}**, {_seeds(len(repeats.seeds))} {whose}.{rest}"
    against = f"against {_mean(leading.before, delta.after)} of the baseline"
    bold = f"**{symbol} {str(verdict).capitalize()}: {after} {against}, {_seeds(len(repeats.seeds))} each.**"
    return " ".join(
        filter(None, [f"{bold}{rest}", sentence(comparison.reason), _certainty(leading), _confirms(sweep, verdict)])
    )


def listing(repeats: Repeats, sweep: Sweep, limits: SizeLimits) -> str:
    """Return a table of all metrics, one of the parameters, and one of the deciding metric by seed."""
    description = quotation(sweep.runs[0].experiment.change.description, limits.words)
    metrics = _metrics(repeats, limits) if repeats.metrics else ""
    changes = repeats.comparison.params
    return "\n\n".join(
        filter(
            None,
            [
                description,
                metrics,
                tables.params(changes, limits, ("baseline", "this")),
                _by_seed(repeats, sweep, limits),
            ],
        )
    )


def next_step(repeats: Repeats, sweep: Sweep) -> str:
    """Return what to type next."""
    name, sentences, verdict = configured(sweep), [], repeats.comparison.verdict
    if name and verdict is Verdict.WORSE:
        sentences.append("it is worse than the baseline: there is nothing to put on the branch.")
    elif name and verdict is Verdict.WITHIN_NOISE:
        more = code(from_it(name, sweep.runs[0].experiment, f"--repeat {min(2 * len(repeats.seeds), MOST)}"))
        sentences.append(f"{more} looks at more seeds. What may be chance does not belong on the branch yet.")
    elif run := next((run for run in sweep.runs if run.experiment.name == name and run.result.commit), None):
        applied = f"{code(f'/apply {sweep.name}')} puts {code(name)} on the branch: the one with the configured seed."
        sentences.append(
            f"no branch gets {code(name)} as it is. {sentence(run.result.unfit)}" if run.result.unfit else applied
        )
    elif not name:
        count = len(repeats.seeds)
        sentences.append(f"{code(f'/run -S NAME=VALUE --repeat {count}')} compares an experiment with these.")
    if sweep.failed:
        sentences.append(f"{code('/retry failed')} trains again what did not work.")
    return f"**Next:** {' '.join(sentences)}" if sentences else ""


def _certainty(leading: Repeated) -> str:
    delta, interval = leading.delta, leading.interval
    if interval is None:
        if len(leading.after) > 1:
            return (
                "On one side at least the seed changes nothing, so nothing is known about chance: does the code use it?"
            )
        return "One pair says nothing about chance."
    change = difference(delta.before, delta.after)
    return f"The difference is {change}; with 95 % confidence it is between {_between(leading)}."


def _confirms(sweep: Sweep, verdict: Verdict) -> str:
    origin = sweep.runs[0].experiment.asked.origin
    if not origin or verdict not in (Verdict.BETTER, Verdict.WORSE, Verdict.WITHIN_NOISE, Verdict.UNCHANGED):
        return ""
    return f"That {'confirms' if verdict is Verdict.BETTER else 'does not confirm'} {code(origin)}."


def _metrics(repeats: Repeats, limits: SizeLimits) -> str:
    rows = [
        (
            _verdict(each),
            code(repeats.comparison.named(each.delta), 60),
            _mean(each.before, each.delta.after),
            _mean(each.after, each.delta.before),
            difference(each.delta.before, each.delta.after) or NONE,
            _between(each, "…") if each.interval else NONE,
        )
        for each in repeats.metrics
        if not each.delta.bookkeeping
    ]
    more = f"\n\n{len(rows) - limits.rows} more are not shown." if len(rows) > limits.rows else ""
    if not any(each.before for each in repeats.metrics):  # one side only
        listing = table(("metric", "value"), [(row[1], row[3]) for row in rows[: limits.rows]], "lr")
        return f"{listing}{more}\n\nMean ± standard deviation over seeds."
    header = ("verdict", "metric", "baseline", "this", "difference", "95 % interval")
    listing = table(header, rows[: limits.rows], "llrrrr")
    return f"{listing}{more}\n\nMean ± standard deviation over seeds; the interval is that of the paired differences."


def _by_seed(repeats: Repeats, sweep: Sweep, limits: SizeLimits) -> str:
    leading = repeats.primary
    place = (leading.delta.file, leading.delta.name) if leading else ("", "")
    runs = {(run.experiment.sweep.repeats, run.experiment.sweep.seed): run for run in sweep.runs}
    seeds = sorted({seed for _, seed in runs})
    compared = any(side == THIS for side, _ in runs)
    rows = []
    for seed in seeds[: limits.members]:
        this, baseline = (
            number(measured(found).get(place)) if found else None
            for found in (repeats.after.get(seed), repeats.before.get(seed))
        )
        change = difference(baseline, this) if this is not None and baseline is not None else ""
        run, base = runs.get((THIS, seed)), runs.get((BASELINE, seed))
        named = run if compared else base
        name = code(named.experiment.name) if named else NONE
        sides = [_value(this, baseline, run), change or NONE] if compared else []
        rows.append((str(seed), name, _value(baseline, this, base), *sides))
    more = f"\n\n{len(seeds) - len(rows)} more seeds are not shown." if len(seeds) > len(rows) else ""
    what = code(place[1], 60) if leading else "result"
    return (
        table(
            ("seed", "experiment", f"baseline's {what}", *([what, "difference"] if compared else [])),
            rows,
            "rlrrr" if compared else "rlr",
        )
        + more
    )


def _value(value: float | None, other: float | None, run: Run | None) -> str:
    return written(value, other) if value is not None else str(run.state) if run else NONE


def _mean(values: tuple[float, ...], other: object) -> str:
    if not values:
        return NONE
    mean, deviation = fmean(values), spread(values)
    if not deviation:
        return written(mean, other)
    places = max(0, 1 - int(f"{deviation:e}".partition("e")[2]))  # two digits of it: more of the mean say nothing
    return f"{mean:.3g} ± {deviation:.2g}" if places > 8 else f"{mean:,.{places}f} ± {deviation:,.{places}f}"


def _between(each: Repeated, word: str = "and") -> str:
    low, high = each.interval or (0.0, 0.0)
    return f"{low:+.2g} {word} {high:+.2g}"


def _verdict(each: Repeated) -> str:
    verdict = each.delta.verdict
    if each.delta.only_differs:
        return "differs"
    return f"**{verdict}**" if verdict in (Verdict.BETTER, Verdict.WORSE) else str(verdict)


def _seeds(count: int) -> str:
    return f"{count} seed{'' if count == 1 else 's'}"
