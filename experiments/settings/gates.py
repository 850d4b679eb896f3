"""`gate:` of `.github/studio.yml`: what a metric has to hold for a check to pass."""

import math
from dataclasses import dataclass, fields
from typing import Any

from experiments.settings.fields import PATH, kind, string, unknown
from experiments.wording import quoted

WRONG = f"`{PATH}` gets its gate wrong"


@dataclass(frozen=True)
class Gate:
    """A gate on one metric. All of its conditions have to hold."""

    metric: str  # `name` or `file:name`
    at_least: float | None = None
    at_most: float | None = None
    not_worse: bool = False  # no worse than the baseline, beyond the metric's noise
    mistaken: str = ""  # why it can't be judged; it then fails, since no gate may stand open by a slip of the pen


def read_gates(value: Any, problems: list[str], where: str = "gate") -> tuple[Gate, ...]:
    """Return the gates in a mapping or a list of mappings. A mistaken gate is kept, and fails."""
    if value == "":
        return ()
    if isinstance(value, list):
        return tuple(_gate(f"{where}[{number}]", each, problems) for number, each in enumerate(value, 1))
    return (_gate(where, value, problems),)


def unreadable() -> tuple[Gate, ...]:
    """Return a gate that fails, for a file that can't be read and may hold gates."""
    return (Gate("", mistaken=f"`{PATH}` of the base branch can't be read"),)


def _gate(where: str, value: Any, problems: list[str]) -> Gate:
    known = [each.name for each in fields(Gate) if each.name != "mistaken"]
    if not isinstance(value, dict):
        problems.append(
            f"`{PATH}`: {quoted(where)} should be a mapping, for example `{{metric: accuracy, at_least: 0.9}}`, or a "
            f"list of mappings, and is a {kind(value)}."
        )
        return Gate("", mistaken=WRONG)
    wrong: list[str] = [unknown(f"{where}.", name, known) for name in value if name not in known]
    metric = string(value, "metric", wrong, f"{where}.")
    gate = Gate(
        metric,
        _number(value, "at_least", wrong, where),
        _number(value, "at_most", wrong, where),
        _yes(value, "not_worse", wrong, where),
    )
    if not metric:
        wrong.append(f"`{PATH}`: {quoted(where)} names no `metric`.")
    if not wrong and gate == Gate(metric):
        bounds = "`at_least`, `at_most` or `not_worse: true`"
        wrong.append(f"`{PATH}`: {quoted(where)} asks nothing of {quoted(metric)}: add {bounds}.")
    problems += wrong
    return Gate(metric, gate.at_least, gate.at_most, gate.not_worse, WRONG if wrong else "")


def _number(value: dict[str, Any], name: str, wrong: list[str], where: str) -> float | None:
    given = string(value, name, wrong, f"{where}.")
    if not given:
        return None
    try:
        bound = float(given)
    except ValueError:
        bound = math.nan
    if math.isfinite(bound):
        return bound
    wrong.append(f"`{PATH}`: {quoted(f'{where}.{name}')} is a number, as in `0.9`, and not {quoted(given)}.")
    return None


def _yes(value: dict[str, Any], name: str, wrong: list[str], where: str) -> bool:
    given = string(value, name, wrong, f"{where}.")
    if given.lower() not in ("", "true", "false"):
        wrong.append(f"`{PATH}`: {quoted(f'{where}.{name}')} is `true` or `false`, and not {quoted(given)}.")
    return given.lower() == "true"
