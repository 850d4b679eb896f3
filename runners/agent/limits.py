"""The most that the bot accepts of an attempt, as the bot itself says in the specification."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class AttemptLimits:
    """The limits of one attempt of a run."""

    bundle: int  # bytes of the experiment's Git bundle
    files: int  # bytes of `baseline.tar`, and of `experiment.tar`
    checkpoint: int  # bytes of one checkpoint
    lfs: int  # bytes of all Git LFS files that are fetched of a commit
    log: int  # bytes of the whole log
    live: int  # bytes of what a terminal would show now, besides the log
    beat: int  # bytes of log in one heartbeat
    body: int  # bytes of a JSON body
    reason: int  # characters of the reason why a run failed
    packages: int  # lines of the list of installed packages
    installed: int  # bytes of that list
    line: int  # characters of one of its lines, and of other facts about the environment
    margin: int  # seconds that an attempt may take besides training


def read_limits(data: Mapping[str, Any]) -> AttemptLimits:
    """Read the limits. Raises KeyError, TypeError or ValueError where one is missing or is not a number."""
    return AttemptLimits(**{each.name: int(data[each.name]) for each in fields(AttemptLimits)})
