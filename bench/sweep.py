"""Ten experiments of one sweep, from the comment to the finished report; and the same ten by DVC alone."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

from bench.town import RUNNERS, Town
from demo.seed import author, run
from reports.sweep.comment import marker
from runners.agent.isolation.process import end_within

COUNT = 10


@dataclass(frozen=True)
class Ours:
    """Seconds since the comment, and medians over the experiments."""

    acknowledged: float  # the eyes
    accepted: float  # the table is there
    reported: float  # the comment that tells the best
    waiting: float  # of each: from asked to a runner at work on it, clone and environment included
    training: float
    taking_in: float  # from trained to in Git


def values(round_number: int) -> list[str]:
    """Ten that were never trained before: nothing answers from a cache."""
    return [f"0.{round_number + 1}{number:02d}" for number in range(1, COUNT + 1)]


def ours(town: Town, name: str, lrs: Sequence[str]) -> Ours:
    """By one comment."""
    begin = monotonic()
    comment = town.hub.comment(town.number, f"/run -S train.lr={','.join(lrs)} -n {name}", by="ada")
    eyes = town.waits("eyes", lambda seen: "eyes" in reactions(seen, comment))
    accepted = town.waits("the table", lambda seen: any(marker(name) in each["body"] for each in seen["comments"]))
    ended = marker(name).removesuffix(" -->") + ":"
    reported = town.waits("the report", lambda seen: any(ended in each["body"] for each in seen["comments"]))
    runs = town.runs(name)
    return Ours(
        eyes - begin,
        accepted - begin,
        reported - begin,
        median((each.started or 0) - each.created for each in runs),
        median((each.trained or 0) - (each.started or 0) for each in runs),
        median((each.ended or 0) - (each.trained or 0) for each in runs),
    )


def reactions(seen: Mapping[str, Any], comment: int) -> set[str]:
    """To a comment of a pull request as `Hub.show` has it."""
    return {each["content"] for each in seen["reactions"][str(comment)]}


def dvc(town: Town, folder: Path, lrs: Sequence[str]) -> float:
    """`dvc exp run --queue` of each and `dvc exp run --run-all`, in a clone that is there; seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    env = {**town.env, **author("ada"), "PATH": f"{town.programs}:{town.env['PATH']}"}
    run(["git", "clone", "--quiet", "--branch", "tune", town.hub.clone_url, str(folder)], folder.parent, env)
    begin = monotonic()
    for lr in lrs:
        run(["dvc", "exp", "run", "--queue", "-S", f"train.lr={lr}"], folder, env)
    run(["dvc", "exp", "run", "--run-all", "--jobs", str(RUNNERS)], folder, env)
    took = monotonic() - begin
    end_within(folder)  # a worker of DVC's that does not end although its queue is empty
    listed = run(["dvc", "exp", "list", "--name-only"], folder, env).split()
    if len(listed) != len(lrs):
        raise RuntimeError(f"DVC made {len(listed)} experiments of {len(lrs)}: {listed}")
    return took
