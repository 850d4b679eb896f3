"""On which machine a run was trained, for how long, for how much, and how often it was taken away."""

from experiments.durations import spell
from experiments.place import Place
from experiments.run import Run
from reports.markdown import code, sentence


def used(run: Run, now: float, words: int) -> str:
    """A sentence or two; empty where the bot's own machine trained and nothing happened."""
    place, parts = run.experiment.place, []
    if run.machines:
        parts.append(f"On {code(place.words)} for {spell(run.hours(now) * 3600)}{costs(run, now)}.")
    elif not place.kind.queued or place.runner != Place().runner:
        parts.append(f"On {code(place.words)}.")
    if run.interruptions:
        times = "once" if len(run.interruptions) == 1 else f"{len(run.interruptions)} times"
        parts.append(f"Interrupted {times}: {sentence(run.interruptions[-1], words)}")
    return " ".join(parts)


def costs(run: Run, now: float) -> str:
    """`, about 0.05 USD`; empty where nobody said what it costs."""
    place = run.experiment.place
    return f", about {run.cost(now):.2f} {place.currency}" if place.dearest else ""
