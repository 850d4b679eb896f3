"""One run of some seconds of training, from its comment to its report, beside DVC's commands typed by hand."""

import re
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time

from bench.cpu import of_children, spent
from bench.experiments import by_value, fetched
from bench.moments import Moments, moments
from bench.row import Figure, Goal
from bench.thread import GaveUp, reactions, says
from bench.town import BRANCH, Town
from demo.seed import run
from experiments.run_state import RunState
from reports.run.comment import marker

PICTURES = 4
KEY = "fit.rate"
_PICTURE = re.compile(r"/plots/[\w.-]+")


@dataclass(frozen=True)
class RunTimes:
    """Seconds from the comment on, CPU seconds, and the seconds from the bundle to the report."""

    seen: float
    accepted: float
    started: float
    trained: float
    reported: float
    reporting: float
    cpu: float


@dataclass(frozen=True)
class ByHand:
    """Seconds of `dvc exp run` and all that follows it, of what makes a report of it, and CPU seconds."""

    whole: float
    reporting: float
    cpu: float


def figures(town: Town, rounds: int) -> tuple[Figure, ...]:
    """Measure both sides in each round; which one is first alternates. Raises GaveUp where a claim does not hold."""
    with moments(town.redis, town.store) as seen:
        measured = [_round(town, seen, number) for number in range(rounds)]
    ours, theirs = [mine for mine, _ in measured], [other for _, other in measured]
    by_hand = "`dvc exp run`, `exp push`, `metrics diff`, `params diff`, `plots diff`"
    parts = ("comment to eyes", "comment to accepted", "comment to training", "comment to trained")
    values = zip(*((each.seen, each.accepted, each.started, each.trained) for each in ours), strict=True)
    goals = {"comment to training": (Goal(1.5, of="ours"),)}
    times = zip(parts, values, strict=True)
    return (
        Figure(
            "run",
            "comment to report",
            "s",
            tuple(each.reported for each in ours),
            tuple(each.whole for each in theirs),
            by_hand,
            goals=(Goal(1.0),),
        ),
        *(Figure("run", what, "s", found, goals=goals.get(what, ())) for what, found in times),
        Figure(
            "run",
            "CPU of all processes",
            "CPU s",
            tuple(each.cpu for each in ours),
            tuple(each.cpu for each in theirs),
            "the same commands",
        ),
        Figure(
            "report",
            f"bundle to report with {PICTURES} pictures",
            "s",
            tuple(each.reporting for each in ours),
            tuple(each.reporting for each in theirs),
            "`dvc metrics diff`, `params diff`, `plots diff`, which writes a page of them",
            goals=(Goal(0.5),),
        ),
    )


def _round(town: Town, seen: Moments, number: int) -> tuple[RunTimes, ByHand]:
    rate = f"0.{number + 1}7"  # never trained before: no cache has the result
    tree = town.clone(town.curves, "run")
    run(["dvc", "pull", "--quiet"], tree, town.by_hand)  # whoever works in a clone has the data of its commit
    # Its own remote: else the second side would find there what the first one pushed.
    away = str(tree.parent / "remote")
    run(["dvc", "remote", "modify", "--local", "storage", "url", away], tree, town.by_hand)
    theirs = _theirs(town, tree, rate) if number % 2 else None
    name = f"run-{number + 1}"
    ours = _ours(town, seen, name, rate)
    theirs = theirs or _theirs(town, tree, rate)
    made = by_value(tree, "refs/exps/", KEY, town.by_hand)[rate]
    fetched(town.curves, tree, town.by_hand)
    found = by_value(tree, "refs/ours/", KEY, town.by_hand)[rate]
    if made != found:
        raise GaveUp(f"{name}: the numbers differ from DVC's.\n{made}\n{found}")
    return ours, theirs


def _ours(town: Town, seen: Moments, name: str, rate: str) -> RunTimes:
    thread, programs = town.curves, [pid for key, pid in town.processes.pids.items() if key != "github"]
    town.processes.check()  # buries what was adopted before
    cpu, begin, asked = spent(programs), monotonic(), time()
    comment = thread.comment(f"/run -S {KEY}={rate} -n {name}")
    eyes = thread.waits("eyes", lambda view: "eyes" in reactions(view, comment)) - begin
    accepted = thread.waits("acceptance", lambda view: "rocket" in reactions(view, comment)) - begin
    (made,) = thread.runs(name)
    reported = thread.waits("the report", lambda view: says(view, marker(made))) - begin
    ended = time()
    town.processes.check()
    took = spent(programs) - cpu
    (made,) = thread.runs(name)
    (said,) = (each["body"] for each in thread.show()["comments"] if marker(made) in each["body"])
    pictures = set(_PICTURE.findall(said))
    if made.state is not RunState.SUCCEEDED or len(pictures) != PICTURES:
        raise GaveUp(f"{name} {made.state}, and its report has {len(pictures)} pictures.\n{said}")
    return RunTimes(
        eyes,
        accepted,
        (made.attempt.started or 0) - asked,
        (made.attempt.trained or 0) - asked,
        reported,
        ended - seen.at(made.id, RunState.FINISHING),
        took,
    )


def _theirs(town: Town, tree: Path, rate: str) -> ByHand:
    env, hub = town.by_hand, town.curves.hub
    # DVC speaks Git by itself and knows no header of our own, so the address has the password.
    run(["git", "remote", "set-url", "origin", hub.push_url("ada", town.curves.repository)], tree, env)
    cpu, begin, name = of_children(), monotonic(), "by-hand"
    run(["dvc", "exp", "run", "--name", name, "-S", f"{KEY}={rate}"], tree, env)
    run(["dvc", "exp", "push", "origin", name], tree, env)
    shown = monotonic()
    for command in (("metrics", "diff"), ("params", "diff"), ("plots", "diff", "-o", str(tree.parent / "page"))):
        run(["dvc", *command, BRANCH, name], tree, env)
    end = monotonic()
    return ByHand(end - begin, end - shown, of_children() - cpu)
