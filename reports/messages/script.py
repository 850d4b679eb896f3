"""What the bot says about a `/run` that is only shown: what it would do."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence

from experiments.durations import spell
from experiments.experiment import Experiment
from experiments.judging.comparison import ParamChange
from experiments.judging.standing import Standing, left
from experiments.params.merging import GONE
from experiments.parts.change import Override
from experiments.placement import Placement, worst_cost
from experiments.readiness.foretelling import Foretold, passed, reading, target_for
from experiments.readiness.trial import Obstacle
from experiments.snapshot import Snapshot
from experiments.wording import some
from reports.messages.preflight import beforehand
from reports.text import links, tables
from reports.text.markdown import code, fence
from reports.text.size_limits import SizeLimits
from reports.text.titles import experiment_title

_ROWS = 40
_NAMED = 12  # stages in one sentence


def shown(
    experiments: Sequence[Experiment],
    words: Sequence[str],
    requires: Sequence[str],
    foreseen: Foretold | None,
    ahead: Sequence[Obstacle],
    snapshot: Snapshot,
) -> str:
    """Return what a `/run` would do, as of its first experiment. Nothing was started.

    `words`: the command line of `dvc exp run`. `requires`: paths of the files of what is installed. `foreseen`: which
    stages would run. `ahead`: obstacles that do not block.
    """
    first, count, installs = experiments[0], len(experiments), snapshot.prerequisites.installs
    commit = links.commit(first.repository, first.baseline)
    more = f" It is the first of {count} experiments." if count > 1 else ""
    files = " and ".join(code(each) for each in requires if each)
    made = f"from {files}" if files else "with nothing but DVC" if first.execution.has_dvc else "with nothing in it"
    made += f", with a Python that is {code(installs.python)} ({code(installs.python_from)})" if installs.python else ""
    where = f" on {code(first.execution.place.words)}" if first.execution.place != Placement() else ""
    files_with = Counter(each.key for each in snapshot.params)
    changes = [
        ParamChange(
            each.file,
            each.key,
            GONE if each.text.startswith("+") else each.before,
            GONE if each.text.startswith("~") else each.value,
            shared=files_with[each.key] > 1,
        )
        for each in first.change.overrides
    ]
    parts = [
        f"Nothing was started. {experiment_title(first)} would be trained{where} at {commit} by this script, in "
        f"an environment {made}, for {spell(first.execution.timeout)} at most.{more}",
        fence(first.execution.script or shlex.join(words), "sh"),
        _stages(foreseen, first) if foreseen else _untold(snapshot, first),
        _left(snapshot, first) if foreseen else "",
        beforehand(ahead),
        _cost(experiments),
        "What is asked for is in the files before it begins:" if changes or first.change.inputs else "",
        tables.params(changes, SizeLimits(rows=_ROWS)),
        tables.inputs(first.change.inputs, _ROWS) if first.change.inputs else "",
    ]
    return "\n\n".join(filter(None, parts))


def nothing_reads(ignored: Sequence[Override], foreseen: Foretold, line: str) -> str:
    """Say that no stage lists these overrides, so that DVC would skip every stage."""
    names, one = _some([each.key for each in ignored]), len(ignored) == 1
    it = "it" if one else "them"
    return (
        f"No stage lists {names}, so DVC would skip {_some(foreseen.skipped)} and train nothing. List {it} "
        f"under `params:` of the stage that reads {it}, and push; or train every stage anyway:\n\n"
        f"{fence(f'{line} -f')}"
    )


def passes_by(passed: Sequence[Override], snapshot: Snapshot, line: str) -> str:
    """Say that DVC would not look at the stages that read these overrides."""
    names = _some([each.key for each in passed])
    stages = list(dict.fromkeys(name for each in passed for name in reading(each, snapshot)))
    files = dict.fromkeys(target_for(each, snapshot) or stages[0] for each in passed)
    wider = f"or, with all that changed in any `dvc.yaml`:\n\n{fence(f'{line} -P')}"
    return (
        f"{names} {'is' if len(passed) == 1 else 'are'} read by {_some(stages)} only, and DVC would not look there: "
        "it looks at the target, without one at `dvc.yaml` of the project's own folder, and at what that needs. Type:"
        f"\n\n{fence(f'{line} {shlex.join(files)}')}\n\n{wider}"
    )


def _untold(snapshot: Snapshot, experiment: Experiment) -> str:
    """Say why it can't be told which stages would run. Empty where there are no stages."""
    if not experiment.execution.by_dvc or not snapshot.stages:
        return ""
    outside = [path for path in snapshot.external if any(path in stage.deps for stage in snapshot.stages)]
    if experiment.change.composed:
        why = "Hydra composes the parameters when it trains"
    elif snapshot.unread_locks:
        why = f"{_some(snapshot.unread_locks)} can't be read"
    elif outside:
        why = f"nobody looks beforehand at {_some(outside)}, outside of the repository"
    else:
        why = "what is set may change which stages there are"
    return f"Which stages would run can't be said beforehand: {why}."


def _stages(foreseen: Foretold, experiment: Experiment) -> str:
    """Say what DVC would do with each stage."""
    may = "" if experiment.execution.force else ", or be restored where the same inputs were trained before"
    may = ", whatever an earlier run left in DVC's run cache" if experiment.execution.anew else may
    may += ", or be skipped where `dvc.lock` has the values that are set" if foreseen.unless_recorded else ""
    parts = [f"{_some(foreseen.run)} would run{may}"] if foreseen.run else []
    if foreseen.remade:
        others = [each for each in foreseen.run if each not in (*foreseen.remade, *foreseen.following)]
        parts = [f"{_some(others)} would run{may}"] if others else []
        parts.append(
            f"{_some(foreseen.remade)} would run again, because not all that {_they(foreseen.remade)} made is in Git "
            f"or in a DVC remote"
        )
        if foreseen.following:
            reads, them = ("it reads", "it") if len(foreseen.following) == 1 else ("they read", "them")
            parts.append(
                f"{_some(foreseen.following)} may run: what {reads} is made again, and DVC skips {them} where that "
                "comes out the same"
            )
    idle = [name for name in foreseen.skipped if name not in foreseen.frozen]
    parts += (
        [f"{_some(idle)} would be skipped, because nothing that dvc.yaml lists for {_them(idle)} changes"]
        if idle
        else []
    )
    parts += [f"{_some(foreseen.frozen)} would be skipped as frozen"] if foreseen.frozen else []
    return f"Of the stages, {'; '.join(parts)}."


def _left(snapshot: Snapshot, experiment: Experiment) -> str:
    """Say which stages would stay stale or never run, since DVC would not look at them. Empty where none would."""
    changed = (each for each in experiment.change.overrides if each.value != each.before)
    stale = {
        *left(snapshot),
        *Standing(snapshot).unrun,
        *(name for each in changed for name in reading(each, snapshot)),
    }
    found = passed(snapshot, stale, experiment)
    if not found:
        return ""
    it = "it" if len(found) == 1 else "them"
    wider = "With `-P`" if passed(snapshot, found) else "Without names of stages"
    return f"{_some(found)} would not be brought up to date: DVC would not look at {it}. {wider} it would."


def _they(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "they"


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _some(names: Iterable[str]) -> str:
    return some((code(name, 60) for name in names), _NAMED)


def _cost(experiments: Sequence[Experiment]) -> str:
    """Say the most that all experiments may cost. Empty where no price is given."""
    money = sum(worst_cost(each.execution.place, each.execution.timeout) for each in experiments)
    return f"It may cost {money:.2f} {experiments[0].execution.place.currency} at most." if money else ""
