"""Experiments that were asked for together: a sweep, its members, and whether they fail alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.experiment import BASELINE, THIS, Experiment, Override
from experiments.run import BEFORE, RETRYABLE, Run, State
from experiments.snapshot import Value

LOG = 4000  # characters of a log that its last lines are in
EARLY = 3  # members that failed alike, before anything worked, are enough to know
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Sweep:
    """Experiments of one pull request with the same sweep's name."""

    name: str
    runs: tuple[Run, ...]  # the newest run of each number, in the order of the numbers

    @property
    def ended(self) -> tuple[Run, ...]:
        """Those that are over."""
        return tuple(run for run in self.runs if run.state.ended)

    @property
    def over(self) -> bool:
        """All of it."""
        return all(run.state.ended for run in self.runs)

    @property
    def failed(self) -> tuple[Run, ...]:
        """Those that `/retry` would train again."""
        return tuple(run for run in self.runs if run.state in RETRYABLE)

    @property
    def varying(self) -> tuple[tuple[str, str], ...]:
        """File and key of the parameters that its members differ in, in the order they were typed in."""
        found: dict[tuple[str, str], set[str]] = {}
        for run in self.runs:
            for each in run.experiment.overrides:
                found.setdefault((each.file, each.key), set()).add(repr(each.value))
        return tuple(place for place, values in found.items() if len(values) > 1)

    @property
    def common(self) -> tuple[Override, ...]:
        """What all of its members set alike, each to another value than the baseline's."""
        varying = {*self.varying}
        set_by = [{(each.file, each.key) for each in run.experiment.overrides} for run in self.runs]
        everywhere = set.intersection(*set_by) - varying
        first = self.runs[0].experiment.overrides
        return tuple(each for each in first if (each.file, each.key) in everywhere and each.value != each.before)

    def suspects(self) -> tuple[Run, ...]:
        """The first ones that ended, where none of them worked and somebody still waits; else none."""
        first = sorted(self.ended, key=lambda run: run.ended or 0.0)[:EARLY]
        broken = [run for run in first if run.state in RETRYABLE and run.state is not State.CANCELLED]
        waits = any(run.state in (State.WAITING, State.QUEUED) for run in self.runs)
        return tuple(broken) if waits and len(broken) == EARLY else ()


def sweeps(runs: Sequence[Run]) -> tuple[Sweep, ...]:
    """Those among a pull request's runs (oldest first), in the order in which they were asked for."""
    found: dict[str, dict[int, Run]] = {}
    for run in runs:
        if run.experiment.sweep:
            found.setdefault(run.experiment.sweep, {})[run.experiment.number] = run
    return tuple(Sweep(name, tuple(run for _, run in sorted(members.items()))) for name, members in found.items())


def entries(runs: Sequence[Run]) -> tuple[Run | Sweep, ...]:
    """Runs as people look at them: a sweep is one of them, where its first member was asked for."""
    known = {sweep.name: sweep for sweep in sweeps(runs)}
    found: dict[str, Run | Sweep] = {}
    for run in runs:
        name = run.experiment.sweep
        found.setdefault(f"sweep {name}" if name else run.id, known[name] if name else run)
    return tuple(found.values())


def over(entry: Run | Sweep) -> bool:
    """Whether it has ended, or all of it has."""
    return entry.over if isinstance(entry, Sweep) else entry.state.ended


def made_or_to_be(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Those that are experiments of their own, or may still be: what is reused is its baseline."""
    return tuple(run for run in runs if run.state is not State.REUSED)


def how(run: Run, log: str) -> str:
    """In what way it failed: equal for two that failed alike, though their numbers differ."""
    return f"{run.state} {run.exit_code} {_DIGITS.sub('0', last_words(run, log))}"


def last_words(run: Run, log: str) -> str:
    """Why DVC could not go on, where it says that; else the last line of its log that is not DVC's summing up of it;
    else the reason."""
    said = [line.strip() for line in log.splitlines() if line.strip()]
    summed = [line for line in said if line.startswith("ERROR: failed to reproduce")]
    if reasons := [line for line in summed if "': " in line and "': failed to run: " not in line]:
        return reasons[-1]
    own = [line for line in said if line not in summed]
    return (own or said or [run.reason])[-1]


def due(runs: Sequence[Run], jobs: int) -> tuple[Run, ...]:
    """Whose turn it is now: the first that wait, as many as leave no more than `jobs` of a pull request at work."""
    idle = (State.ASKING, State.HELD, State.WAITING, State.FINISHING)
    busy = sum(not run.state.ended and run.state not in idle for run in runs)
    return tuple(run for run in runs if run.state is State.WAITING)[: max(0, jobs - busy)]


def set_to(run: Run, place: tuple[str, str]) -> Value:
    """What a run sets a parameter to; None where it does not."""
    return next((each.value for each in run.experiment.overrides if (each.file, each.key) == place), None)


def baselines(runs: Sequence[Run], sha: str, project: str, seed: tuple[str, str]) -> list[Run]:
    """Repeats of this baseline, all its stages, that worked, and whose seed is this parameter (file and key)."""
    worked = [run for run in runs if run.state in (State.SUCCEEDED, State.REUSED) and not run.removed]
    found = [run for run in worked if _repeats(run.experiment) == (BASELINE, sha, project, (), ())]
    return [run for run in found if seed_of(run.experiment) == seed]


def seed_of(experiment: Experiment) -> tuple[str, str]:
    """File and key of the parameter that a repeat varies: it is set last."""
    return experiment.overrides[-1].file, experiment.overrides[-1].key


def configured(sweep: Sweep) -> str:
    """Name of the repeat with the seed that the files have; empty where only the baseline was repeated."""
    mine = [run.experiment for run in sweep.runs if run.experiment.repeats == THIS]
    return min(mine, key=lambda each: each.seed).name if mine else ""


def _repeats(experiment: Experiment) -> tuple[object, ...]:
    return experiment.repeats, experiment.baseline, experiment.project, experiment.targets, experiment.flags


def in_queue(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Those of a pull request's queue that no runner has, in their order."""
    return tuple(run for run in runs if run.experiment.queue and run.state in BEFORE)


def counts(runs: Sequence[Run]) -> str:
    """`3 of 12 ended (1 reused), 4 under way, 5 waiting`."""
    ended = sum(run.state.ended for run in runs)
    held = sum(run.state is State.HELD for run in runs)
    waiting = sum(run.state in BEFORE for run in runs) - held
    numbers = ((len(runs) - ended - held - waiting, "under way"), (waiting, "waiting"), (held, "in the queue"))
    reused = len(runs) - len(made_or_to_be(runs))
    over = f"{ended} of {len(runs)} ended{f' ({reused} reused)' if reused else ''}"
    return ", ".join([over, *(f"{number} {words}" for number, words in numbers if number)])
