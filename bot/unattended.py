"""Runners that no process takes runs for: what waits for one begins when its operator starts a process."""

from collections.abc import Iterable

from bot.ports.reading import Reading
from experiments.placement import Kind, Place


def unattended(ports: Reading, places: Iterable[Place]) -> tuple[str, ...]:
    """Names of those runners of the type `rq` among these places to which no process listens now, each once."""
    names = dict.fromkeys(place.runner for place in places if place.kind is Kind.RQ)
    return tuple(name for name in names if not ports.queue.takers(name))
