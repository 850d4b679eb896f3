"""The machines that trained a run: which, for how long, at what cost, and how often they were taken away."""

from experiments.durations import spell
from experiments.placement import Placement
from experiments.run import Run
from reports.text.markdown import code, sentence


def on(run: Run) -> str:
    """Return the place of a run, ` on ec2, g4dn.xlarge in us-west-1`, as code. Empty for the bot's own machine."""
    place = run.experiment.execution.place
    return "" if place.runner == Placement().runner else f" on {code(place.words)}"


def rented(run: Run, now: float) -> str:
    """Return the use of machines, `3 min, about 0.05 USD, interrupted once`. Empty where none was launched."""
    if not _there(run):
        return ""
    times = f", interrupted {_times(len(run.interruptions))}" if run.interruptions else ""
    return f"{spell(run.hours(now) * 3600)}{costs(run, now)}{times}"


def used(run: Run, now: float, words: int) -> str:
    """Return the use of machines as sentences. Empty where none was launched and nothing was interrupted."""
    parts, count = [], _there(run)
    if count:
        there = "Its machine was" if count == 1 else f"Its {count} machines were"
        parts.append(f"{there} there for {spell(run.hours(now) * 3600)}{costs(run, now)}.")
    if run.interruptions:
        parts.append(f"Interrupted {_times(len(run.interruptions))}: {sentence(run.interruptions[-1], words)}")
    return " ".join(parts)


def costs(run: Run, now: float) -> str:
    """Return the cost with a comma in front, `, about 0.05 USD`. Empty where no price is given."""
    place = run.experiment.execution.place
    return f", about {run.cost(now):.2f} {place.currency}" if place.dearest else ""


def _there(run: Run) -> int:
    """Return the number of machines that the run was given. Those that wait in a cluster's queue do not count."""
    return sum(each.began is not None for each in run.machines)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
