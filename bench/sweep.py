"""Measures one sweep of ten experiments, from the comment to the final report; and the same ten with DVC alone."""

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
    """The times of one sweep, in seconds: from the comment on, or medians over its experiments."""

    acknowledged: float  # until the eyes
    accepted: float  # until the table
    reported: float  # until the comment with the best experiment
    waiting: float  # median from asked to a runner at work, clone and environment included
    training: float
    taking_in: float  # median from trained to in Git


def values(round_number: int) -> list[str]:
    """Return ten values that were never trained before, so that no cache has the results."""
    return [f"0.{round_number + 1}{number:02d}" for number in range(1, COUNT + 1)]


def ours(town: Town, name: str, lrs: Sequence[str]) -> Ours:
    """Run a sweep by one comment and return its times."""
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
        median((each.attempt.started or 0) - each.created for each in runs),
        median((each.attempt.trained or 0) - (each.attempt.started or 0) for each in runs),
        median((each.outcome.ended or 0) - (each.attempt.trained or 0) for each in runs),
    )


def reactions(seen: Mapping[str, Any], comment: int) -> set[str]:
    """Return the reactions to a comment, from a pull request as `Hub.show` returns it."""
    return {each["content"] for each in seen["reactions"][str(comment)]}


def dvc(town: Town, folder: Path, lrs: Sequence[str]) -> float:
    """Queue each experiment, run all with `dvc exp run --run-all` in a fresh clone, and return the seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    env = {**town.env, **author("ada"), "PATH": f"{town.programs}:{town.env['PATH']}"}
    run(["git", "clone", "--quiet", "--branch", "tune", town.hub.clone_url, str(folder)], folder.parent, env)
    begin = monotonic()
    for lr in lrs:
        run(["dvc", "exp", "run", "--queue", "-S", f"train.lr={lr}"], folder, env)
    run(["dvc", "exp", "run", "--run-all", "--jobs", str(RUNNERS)], folder, env)
    took = monotonic() - begin
    end_within(folder)  # ends a worker of DVC that goes on although its queue is empty
    listed = run(["dvc", "exp", "list", "--name-only"], folder, env).split()
    if len(listed) != len(lrs):
        raise RuntimeError(f"DVC made {len(listed)} experiments of {len(lrs)}: {listed}")
    return took
