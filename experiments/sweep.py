"""Experiments that were asked for together: a sweep, its members, and whether these fail alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.experiment import Experiment
from experiments.parts.change import Override
from experiments.parts.membership import BASELINE, THIS
from experiments.run import Run
from experiments.run_state import BEFORE, RETRYABLE, RunState
from experiments.snapshot import Value

LOG = 4000  # characters at the end of a log that are looked at
EARLY = 3  # members that fail alike, before any works, are enough to know
THROTTLE = 20.0  # seconds between two edits of a table
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Sweep:
    """The experiments of one pull request that belong to the same sweep."""

    name: str
    runs: tuple[Run, ...]  # the newest run of each member, in the order of the members' numbers

    @property
    def ended(self) -> tuple[Run, ...]:
        """The runs that have ended."""
        return tuple(run for run in self.runs if run.state.ended)

    @property
    def over(self) -> bool:
        """Whether all runs have ended."""
        return all(run.state.ended for run in self.runs)

    @property
    def failed(self) -> tuple[Run, ...]:
        """The runs that `/retry` would train again."""
        return tuple(run for run in self.runs if run.state in RETRYABLE)

    @property
    def varying(self) -> tuple[tuple[str, str], ...]:
        """File and key of each parameter in which the members differ, in the order in which they were typed."""
        found: dict[tuple[str, str], set[str]] = {}
        for run in self.runs:
            for each in run.experiment.change.overrides:
                found.setdefault((each.file, each.key), set()).add(repr(each.value))
        return tuple(place for place, values in found.items() if len(values) > 1)

    @property
    def common(self) -> tuple[Override, ...]:
        """The overrides that all members share and that change the baseline's value."""
        varying = {*self.varying}
        set_by = [{(each.file, each.key) for each in run.experiment.change.overrides} for run in self.runs]
        everywhere = set.intersection(*set_by) - varying
        first = self.runs[0].experiment.change.overrides
        return tuple(each for each in first if (each.file, each.key) in everywhere and each.value != each.before)

    def suspects(self) -> tuple[Run, ...]:
        """Return the first runs that ended, if none of them worked and others still wait. Else none."""
        first = sorted(self.ended, key=lambda run: run.outcome.ended or 0.0)[:EARLY]
        broken = [run for run in first if run.state in RETRYABLE and run.state is not RunState.CANCELLED]
        waits = any(run.state in (RunState.WAITING, RunState.QUEUED) for run in self.runs)
        return tuple(broken) if waits and len(broken) == EARLY else ()


def sweeps(runs: Sequence[Run]) -> tuple[Sweep, ...]:
    """Return the sweeps among a pull request's runs, in the order in which they were asked for. `runs`: oldest
    first."""
    found: dict[str, dict[int, Run]] = {}
    for run in runs:
        sweep = run.experiment.sweep
        if sweep.name:
            found.setdefault(sweep.name, {})[sweep.number] = run
    return tuple(Sweep(name, tuple(run for _, run in sorted(members.items()))) for name, members in found.items())


def entries(runs: Sequence[Run]) -> tuple[Run | Sweep, ...]:
    """Return runs as people see them: a sweep is one entry, at the place of its first member."""
    known = {sweep.name: sweep for sweep in sweeps(runs)}
    found: dict[str, Run | Sweep] = {}
    for run in runs:
        name = run.experiment.sweep.name
        found.setdefault(f"sweep {name}" if name else run.id, known[name] if name else run)
    return tuple(found.values())


def over(entry: Run | Sweep) -> bool:
    """Return whether a run has ended, or all runs of a sweep have."""
    return entry.over if isinstance(entry, Sweep) else entry.state.ended


def made_or_to_be(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the runs that are experiments of their own or may become one. A reused run is its baseline."""
    return tuple(run for run in runs if run.state is not RunState.REUSED)


def how(run: Run, log: str) -> str:
    """Return how a run failed. It is equal for two that failed alike, even where their numbers differ."""
    return f"{run.state} {run.outcome.exit_code} {_DIGITS.sub('0', last_words(run, log))}"


def last_words(run: Run, log: str) -> str:
    """Return the last words of a run: why DVC could not go on, if it says so; else the last line of the log that is not
    DVC's summary of the failure; else the reason."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    summed = [line for line in lines if line.startswith("ERROR: failed to reproduce")]
    if reasons := [line for line in summed if "': " in line and "': failed to run: " not in line]:
        return reasons[-1]
    own = [line for line in lines if line not in summed]
    return (own or lines or [run.outcome.reason])[-1]


def set_to(run: Run, place: tuple[str, str]) -> Value:
    """Return the value that a run sets a parameter to. None where it does not set it."""
    return next((each.value for each in run.experiment.change.overrides if (each.file, each.key) == place), None)


def baselines(runs: Sequence[Run], sha: str, project: str, seed: tuple[str, str]) -> list[Run]:
    """Return the runs that repeated this baseline with all its stages and worked. `seed`: file and key of the parameter
    that they vary."""
    worked = [run for run in runs if run.state in (RunState.SUCCEEDED, RunState.REUSED) and not run.result.removed]
    found = [run for run in worked if _repeats(run.experiment) == (BASELINE, sha, project, (), ())]
    return [run for run in found if seed_of(run.experiment) == seed]


def seed_of(experiment: Experiment) -> tuple[str, str]:
    """Return the file and key of the parameter that a repeat varies, which is its last override."""
    return experiment.change.overrides[-1].file, experiment.change.overrides[-1].key


def configured(sweep: Sweep) -> str:
    """Return the name of the repeat with the seed that the files have. Empty where only the baseline was repeated."""
    mine = [run.experiment for run in sweep.runs if run.experiment.sweep.repeats == THIS]
    return min(mine, key=lambda each: each.sweep.seed).name if mine else ""


def _repeats(experiment: Experiment) -> tuple[object, ...]:
    how = experiment.execution
    return experiment.sweep.repeats, experiment.baseline, experiment.project, how.targets, how.flags


def in_queue(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the runs in a pull request's queue that no runner has, in their order."""
    return tuple(run for run in runs if run.experiment.execution.queue and run.state in BEFORE)


def counts(runs: Sequence[Run]) -> str:
    """Return the numbers of runs in words: `3 of 12 ended (1 reused), 4 under way, 5 waiting`."""
    ended = sum(run.state.ended for run in runs)
    held = sum(run.state is RunState.HELD for run in runs)
    waiting = sum(run.state in BEFORE for run in runs) - held
    numbers = ((len(runs) - ended - held - waiting, "under way"), (waiting, "waiting"), (held, "in the queue"))
    reused = len(runs) - len(made_or_to_be(runs))
    over = f"{ended} of {len(runs)} ended{f' ({reused} reused)' if reused else ''}"
    return ", ".join([over, *(f"{number} {words}" for number, words in numbers if number)])
