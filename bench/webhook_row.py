"""The figures of the deliveries that the web process takes, beside Probot with BullMQ."""

import os
from collections.abc import Callable

from bench import webhook
from bench.deliveries import CONNECTIONS, SIZE
from bench.row import Figure, Goal
from bench.thread import GaveUp
from bench.webhook import Turn
from demo.stage import ROOT

BESIDE = "Probot and BullMQ on the same Redis"


def figures(rounds: int) -> tuple[Figure, ...]:
    """Measure both in each round. Raises GaveUp where a delivery was lost or doubled: then the times mean nothing."""
    found = webhook.measure(ROOT / ".bench" / "webhook", os.environ, rounds)
    if not found.sound:
        raise GaveUp(f"webhook: not every delivery was accepted and reached a worker once.\n{found}")

    def figure(what: str, unit: str, value: Callable[[Turn], float], *goals: Goal) -> Figure:
        ours, theirs = (tuple(map(value, turns)) for turns in (found.ours, found.theirs))
        return Figure("webhook", what, unit, ours, theirs, BESIDE, found.missing, goals)

    steady = f"at {webhook.STEADY:.0f} a second"
    return (
        figure(
            f"deliveries of {SIZE / 1000:.1f} kB taken, {CONNECTIONS} connections",
            "/s",
            lambda turn: turn.rate,
            Goal(0.5, side="at least"),
        ),
        figure("99th percentile of these", "ms", lambda turn: turn.p99),
        figure(f"99th percentile {steady}", "ms", lambda turn: turn.steady_p99, Goal(50.0, of="ours")),
        figure("CPU of the web process for each", "CPU ms", lambda turn: turn.cpu),
    )
