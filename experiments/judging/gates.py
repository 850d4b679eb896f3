"""Which gates do not hold, and why. A gate that can't be judged does not hold."""

import math
from collections.abc import Sequence

from experiments.judging.delta import Delta, Verdict, doubt
from experiments.judging.metrics import number, written
from experiments.judging.standing import Standing
from experiments.settings.gates import Gate
from experiments.snapshot import Made, Reading, Snapshot
from experiments.wording import Sides, meant, quoted


def failing(gates: Sequence[Gate], deltas: Sequence[Delta], after: Snapshot, sides: Sides) -> tuple[str, ...]:
    """Return a clause for each gate that does not hold: metric, value and bound, code in backquotes, without a full
    stop."""
    standing = Standing(after)
    return tuple(clause for gate in gates for clause in _of(gate, deltas, standing, sides))


def _of(gate: Gate, deltas: Sequence[Delta], standing: Standing, sides: Sides) -> list[str]:
    """Return the clauses of one gate. Where several files have its metric, the gate has to hold for all of them."""
    if gate.mistaken:
        return [f"{quoted(gate.metric or 'gate')} can't be judged: {gate.mistaken}"]
    named = [delta for delta in deltas if gate.metric in (delta.name, f"{delta.file}:{delta.name}")]
    if not named:
        return [_missing(gate, deltas, standing.snapshot)]
    return list(filter(None, (_why(gate, delta, standing.of([delta.file]), sides) for delta in named)))


def _missing(gate: Gate, deltas: Sequence[Delta], after: Snapshot) -> str:
    unread = next((file for file in after.metrics if file.reading is not Reading.READ), None)
    if unread:
        return f"{quoted(gate.metric)} can't be judged: {quoted(unread.path)} is {unread.reading}"
    hint = meant(gate.metric, [delta.name for delta in deltas]).rstrip(".")
    return f"no metric file has {quoted(gate.metric)}: {hint}"


def _why(gate: Gate, delta: Delta, standing: Standing, sides: Sides) -> str:
    """Return why the gate does not hold for a metric: a clause, empty where it holds. `standing`: of the metric's
    file."""
    name, value = quoted(delta.name), number(delta.after)
    if delta.after is None or delta.made is Made.NOTHING:
        return f"{name} can't be judged: {_clause(doubt(delta, sides))}"
    if value is None or not math.isfinite(value):
        return f"{name} is {quoted(written(delta.after))}, no finite number"
    if standing.stale:
        return f"{name} is stale: {quoted(standing.stale[0])} changed after it was measured"
    if standing.bars:
        return f"{name} can't be judged: {standing.bars}"
    for bound, holds, word in ((gate.at_least, value.__ge__, "below"), (gate.at_most, value.__le__, "above")):
        if bound is not None and not holds(bound) and not math.isclose(value, bound, rel_tol=1e-12):
            return f"{name} is {written(delta.after, bound)}, {word} {written(bound)}"
    if not gate.not_worse:
        return ""
    if delta.verdict is Verdict.NO_BASELINE:
        return f"{name} has nothing to be compared with: {sides.before} has no such metric"
    reason = delta.bar.own if delta.bar else "" if delta.foreign else doubt(delta, sides)  # skipped: the baseline's own
    if reason:
        return f"{name} can't be compared with {sides.before}: {_clause(reason)}"
    if delta.verdict is Verdict.WORSE:
        shown = written(delta.after, delta.before), written(delta.before, delta.after)
        return f"{name} is {shown[0]}, worse than {shown[1]} of {sides.before}"
    return ""


def _clause(sentence: str) -> str:
    """Return a sentence as a clause that can follow a colon."""
    return (sentence[:1].lower() + sentence[1:]).rstrip(".")
