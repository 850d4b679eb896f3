"""One sweep, from its comment to the report of the best, beside the same experiments in DVC's own queue."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import monotonic

from bench.experiments import by_value, fetched
from bench.row import Figure, Goal
from bench.thread import GaveUp, Thread, reactions, says
from bench.town import RUNNERS, Town
from demo.seed import run
from experiments.run import Run
from reports.sweep.comment import marker
from runners.agent.isolation.process import end_within

WHOLE, SHORT = 10, 4  # experiments of a round; the short one shows that the bench works
_HUNDRED = "/run --queue --yes -S train.lr=range(1,101) -n hundred"


def figures(town: Town, rounds: int) -> tuple[Figure, ...]:
    """Measure both sides in each round; which one is first alternates. Raises GaveUp where a claim does not hold."""
    count = WHOLE if rounds > 1 else SHORT
    measured = [_round(town, number, count) for number in range(rounds)]
    begin = monotonic()
    comment = town.trivial.comment(_HUNDRED)
    queued = town.trivial.waits("a hundred queued", lambda seen: "rocket" in reactions(seen, comment)) - begin
    if len(town.trivial.runs("hundred")) != 100:
        raise GaveUp(f"Of a hundred experiments {len(town.trivial.runs('hundred'))} were queued.")
    ours, theirs = zip(*measured, strict=True)
    runs = [each for _, found in ours for each in found]
    parts = {
        "of each: asked to training, waiting its turn": [(each.attempt.started or 0) - each.created for each in runs],
        "of each: training": [(each.attempt.trained or 0) - (each.attempt.started or 0) for each in runs],
        "of each: trained to in Git": [(each.outcome.ended or 0) - (each.attempt.trained or 0) for each in runs],
    }
    size = len(runs) // rounds
    return (
        Figure(
            "sweep",
            f"{size} experiments on {RUNNERS} runners, comment to report",
            "s",
            tuple(seconds for seconds, _ in ours),
            theirs,
            f"`dvc exp run --queue` × {size}, `--run-all --jobs {RUNNERS}`",
            goals=(Goal(0.5),),
        ),
        *(
            Figure("sweep", what, "s", tuple(median(found[i : i + size]) for i in range(0, len(found), size)))
            for what, found in parts.items()
        ),
        Figure("sweep", "comment to a hundred queued", "s", (queued,)),
    )


def _round(town: Town, number: int, count: int) -> tuple[tuple[float, Sequence[Run]], float]:
    """Return the seconds and runs of our side, and the seconds of DVC's."""
    lrs = [f"0.{number + 1}{each:02d}" for each in range(1, count + 1)]  # never trained before: no cache has a result
    tree, name = town.clone(town.trivial, "sweep"), f"round-{number + 1}"
    theirs = _theirs(town, tree, lrs) if number % 2 else 0.0
    mine, runs = _ours(town.trivial, name, lrs)
    theirs = theirs or _theirs(town, tree, lrs)
    if len(runs) != count or not overlap(runs):
        raise GaveUp(f"{name}: of {len(runs)} runs never two trained at the same time, so there was one runner.")
    made = by_value(tree, "refs/exps/", "train.lr", town.by_hand)
    fetched(town.trivial, tree, town.by_hand)
    same = by_value(tree, "refs/ours/", "train.lr", town.by_hand)
    if len(made) != count or any(same.get(lr) != found for lr, found in made.items()):
        raise GaveUp(f"{name}: the numbers differ from DVC's.\n{made}\n{same}")
    return (mine, runs), theirs


def _ours(thread: Thread, name: str, lrs: Sequence[str]) -> tuple[float, Sequence[Run]]:
    begin = monotonic()
    thread.comment(f"/run -S train.lr={','.join(lrs)} -n {name}")
    ended = marker(name).removesuffix(" -->") + ":"
    reported = thread.waits("the report of the sweep", lambda seen: says(seen, ended))
    return reported - begin, thread.runs(name)


def _theirs(town: Town, tree: Path, lrs: Sequence[str]) -> float:
    begin = monotonic()
    for lr in lrs:
        run(["dvc", "exp", "run", "--queue", "-S", f"train.lr={lr}"], tree, town.by_hand)
    run(["dvc", "exp", "run", "--run-all", "--jobs", str(RUNNERS)], tree, town.by_hand)
    took = monotonic() - begin
    end_within(tree)  # ends a worker of DVC that goes on although its queue is empty
    return took


def overlap(runs: Sequence[Run]) -> bool:
    """Return whether two runs trained at one moment. A runner process trains one run at a time, so it was two."""
    times = sorted((each.attempt.started or 0.0, each.attempt.trained or 0.0) for each in runs)
    return any(later[0] < earlier[1] for earlier, later in pairwise(times))
