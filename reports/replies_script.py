"""What a `/run` would do, where it is only to be shown."""

import shlex
from collections.abc import Sequence

from experiments.comparison import ParamChange
from experiments.durations import spell
from experiments.experiment import Experiment
from experiments.place import Place, worst_cost
from reports import tables
from reports.markdown import code, fence, link
from reports.room import Room
from reports.titles import experiment_title

_ROWS = 40


def shown(experiments: Sequence[Experiment], words: Sequence[str], requires: str) -> str:
    """Of the first one; nothing was started. `words`: of `dvc exp run`. `requires`: path of what is installed."""
    first, count = experiments[0], len(experiments)
    sha = first.baseline
    commit = link(code(sha[:7]), f"{first.repository.url}/commit/{sha}")
    more = f" It is the first of {count} experiments." if count > 1 else ""
    made = f"from {code(requires)}" if requires else "with nothing but DVC" if first.has_dvc else "with nothing in it"
    where = f" on {code(first.place.words)}" if first.place != Place() else ""
    changes = [ParamChange(each.file, each.key, each.before, each.value) for each in first.overrides]
    parts = [
        f"Nothing was started. {experiment_title(first)} would be trained{where} at {commit} by this script, in "
        f"an environment {made}, for {spell(first.timeout)} at most.{more}",
        fence(first.script or shlex.join(words), "sh"),
        _cost(experiments),
        "What is asked for is in the files before it begins:" if changes or first.inputs else "",
        tables.params(changes, Room(rows=_ROWS)),
        tables.inputs(first.inputs, _ROWS) if first.inputs else "",
    ]
    return "\n\n".join(filter(None, parts))


def _cost(experiments: Sequence[Experiment]) -> str:
    """Most that all of them may cost; empty where nobody said what it costs."""
    money = sum(worst_cost(each.place, each.timeout) for each in experiments)
    return f"It may cost {money:.2f} {experiments[0].place.currency} at most." if money else ""
