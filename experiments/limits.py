"""Limits on what agents and the bot accept from each other, and on time: the only place that sets them.

The bot reads them here, an agent in its specification. Limits on what an agent tells of provenance and of the DVC
remote are elsewhere: what exceeds those is cut or counts as unknown, and never ends a run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

_MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of one attempt of a run."""

    bundle: int = 100 * _MB  # bytes of the experiment's Git bundle
    files: int = 50 * _MB  # bytes of `baseline.tar`, and of `experiment.tar`
    checkpoint: int = 4096 * _MB  # bytes of one checkpoint
    lfs: int = 4096 * _MB  # bytes of all Git LFS files that are fetched for a commit
    log: int = 10 * _MB  # bytes of the whole log, with the lines that tell what was left out
    live: int = 4096  # bytes of what a terminal shows at the moment, beyond the log
    beat: int = 128 * 1024  # bytes of log in one heartbeat
    body: int = 4 * _MB  # bytes of a JSON body
    reason: int = 4000  # characters of the reason of a failure
    packages: int = 2000  # lines that list what was installed
    installed: int = 200_000  # bytes of all these lines
    line: int = 500  # characters of one such line, and of other facts about the environment
    margin: int = 3000  # seconds that an agent may take besides training: environment, data, upload


LIMITS = Limits()
# Whoever starts an agent ends it when it exceeds its own limit. The process above waits longer still.
MARGIN = 3600  # seconds besides training until an agent, or its machine, is ended
JOB_MARGIN = 4500  # seconds besides training until RQ ends the job that started it
# Limits that only the bot needs, on what it gives to an agent and keeps of what agents send.
POINTERS = 2000  # Git LFS files that are looked at in a commit
RUN_FILES = 20_000 * _MB  # bytes of files from agents that are kept for all runs of one repository
RESULTS = 5000 * _MB  # bytes beyond RUN_FILES that only results and logs may take, not copies and files for reading
_ALL = f"{(RUN_FILES + RESULTS) // _MB:,} MB"
UNKEPT = f"The rest of the log was not kept: what runs of this repository sent takes {_ALL}."
TREE_LIMIT = 500_000_000  # bytes of a commit's tree that is checked out to be read
SUBMODULES = 20  # submodules of a commit
SUBMODULE = 500 * _MB  # bytes of the files of one submodule
SUBMODULE_FILES = 100_000  # files of one submodule


def fitting(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the first of these texts that together have at most `most` bytes."""
    known = tuple(texts)
    ends = accumulate(len(text.encode("utf-8", "replace")) for text in known)
    return tuple(text for text, end in zip(known, ends, strict=True) if end <= most)
