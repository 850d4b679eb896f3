"""What the bot takes at most: it says so itself, in the specification."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Limits:
    """Of one attempt of a run."""

    bundle: int  # bytes of the experiment's Git bundle
    files: int  # bytes of `baseline.tar`, and of `experiment.tar`
    checkpoint: int  # bytes of one checkpoint
    lfs: int  # bytes of all files of Git LFS that are fetched of a commit
    log: int  # bytes of the whole log
    live: int  # bytes of what a terminal would show now, beyond the log
    beat: int  # bytes of log that one heartbeat brings
    body: int  # bytes of a JSON body
    reason: int  # characters of why it did not work
    packages: int  # lines that tell what was installed
    installed: int  # bytes of all of them
    line: int  # characters of each of them, and of what else is told of the environment
    margin: int  # seconds besides training


def read_limits(data: Mapping[str, Any]) -> Limits:
    """KeyError, TypeError or ValueError where one is missing or is no number."""
    return Limits(**{each.name: int(data[each.name]) for each in fields(Limits)})
