"""Runners without a process that takes their runs, which wait until the operator starts one."""

from collections.abc import Iterable

from bot.ports.reading import ReadingPorts
from experiments.placement import EngineKind, Placement


def unattended(ports: ReadingPorts, places: Iterable[Placement]) -> tuple[str, ...]:
    """Return the names of the runners of type `rq` among these places that no process serves now, each once."""
    names = dict.fromkeys(place.runner for place in places if place.kind is EngineKind.RQ)
    return tuple(name for name in names if not ports.queue.takers(name))
