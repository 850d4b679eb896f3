"""On which machine a run was trained, for how long, for how much, and how often it was taken away."""

from experiments.durations import spell
from experiments.placement import Place
from experiments.run import Run
from reports.text.markdown import code, sentence


def on(run: Run) -> str:
    """` on ec2, g4dn.xlarge in us-west-1`, as code; empty where it is the bot's own machine."""
    place = run.experiment.place
    return "" if place.runner == Place().runner else f" on {code(place.words)}"


def rented(run: Run, now: float) -> str:
    """`3 min, about 0.05 USD, interrupted once`; empty where no machine was launched."""
    if not _there(run):
        return ""
    times = f", interrupted {_times(len(run.interruptions))}" if run.interruptions else ""
    return f"{spell(run.hours(now) * 3600)}{costs(run, now)}{times}"


def used(run: Run, now: float, words: int) -> str:
    """A sentence or two; empty where no machine was launched and nothing happened."""
    parts, count = [], _there(run)
    if count:
        there = "Its machine was" if count == 1 else f"Its {count} machines were"
        parts.append(f"{there} there for {spell(run.hours(now) * 3600)}{costs(run, now)}.")
    if run.interruptions:
        parts.append(f"Interrupted {_times(len(run.interruptions))}: {sentence(run.interruptions[-1], words)}")
    return " ".join(parts)


def costs(run: Run, now: float) -> str:
    """`, about 0.05 USD`; empty where nobody said what it costs."""
    place = run.experiment.place
    return f", about {run.cost(now):.2f} {place.currency}" if place.dearest else ""


def _there(run: Run) -> int:
    """How many machines were given to it: what waits in the queue of a cluster has none yet."""
    return sum(each.began is not None for each in run.machines)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
