"""How long a question of somebody else waits for its eyes while a run is trained and reported."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from math import ceil
from statistics import median
from threading import Event
from time import monotonic

from bench.one_run import KEY
from bench.row import Figure, Goal
from bench.thread import GaveUp, Thread, reactions, says
from bench.town import Town
from experiments.run_state import RunState
from reports.run.comment import marker

EVERY = 1.5  # seconds between two questions
LATEST = 60.0  # seconds after the run


def figures(town: Town, rounds: int) -> tuple[Figure, ...]:
    """Ask `/help` in another repository all the time that a run takes. Raises GaveUp where an answer never comes."""
    found = [_round(town, f"waiting-{number + 1}", f"0.{number + 1}3") for number in range(rounds)]
    what = f"eyes on `/help` in another repository during a run, asked every {EVERY} s"
    return (
        Figure("waiting", f"{what}: 95th percentile", "s", tuple(map(high, found)), goals=(Goal(0.5, of="ours"),)),
        Figure("waiting", "the same: median", "s", tuple(map(median, found))),
        Figure("waiting", "the same: the worst", "s", tuple(map(max, found))),
    )


def high(values: list[float]) -> float:
    """Return the 95th percentile: the smallest value that at least 95 of 100 do not exceed."""
    return sorted(values)[ceil(0.95 * len(values)) - 1]


def _round(town: Town, name: str, rate: str) -> list[float]:
    asked: dict[int, float] = {}
    answered: dict[int, float] = {}
    is_over = Event()
    with ThreadPoolExecutor(2) as both:
        training = both.submit(_train, town.curves, name, rate, is_over)
        watching = both.submit(_watch, town.trivial, asked, answered, is_over)
        while not is_over.wait(EVERY):
            begin = monotonic()
            asked[town.trivial.comment("/help")] = begin
        training.result()  # raises what went wrong there
        watching.result()
    if not asked or set(asked) - set(answered):
        raise GaveUp(f"{name}: {len(asked)} questions, and {len(answered)} got eyes.")
    return [answered[comment] - begin for comment, begin in asked.items()]


def _train(thread: Thread, name: str, rate: str, is_over: Event) -> None:
    try:
        comment = thread.comment(f"/run -S {KEY}={rate} -n {name}")
        thread.waits("acceptance", lambda seen: "rocket" in reactions(seen, comment))
        (run,) = thread.runs(name)
        thread.waits("the report", lambda seen: says(seen, marker(run)))
        (run,) = thread.runs(name)
        if run.state is not RunState.SUCCEEDED:
            raise GaveUp(f"{name}: the run that others wait beside {run.state}.")
    finally:
        is_over.set()


def _watch(thread: Thread, asked: dict[int, float], answered: dict[int, float], is_over: Event) -> None:
    """Note when each question gets its eyes, until the run is over and none is open, or too long after that."""
    end = None
    with closing(thread.hub.follow(thread.number, thread.repository)) as views:
        for seen in views:
            now = monotonic()
            for comment in list(asked):
                if "eyes" in reactions(seen, comment):
                    answered.setdefault(comment, now)
            end = end or (now + LATEST if is_over.is_set() else None)
            if end and (not set(asked) - set(answered) or now > end):
                return
            thread.processes.check()
