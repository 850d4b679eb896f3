"""What an agent and the bot take from each other at most, and for how long: the only place that says so.

The bot reads it here, an agent in its specification. Bounds of what an agent says of provenance and of the DVC remote
are not among them: what is beyond those is unknown or cut, and ends nothing.
"""

from dataclasses import dataclass

_MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Of one attempt of a run."""

    bundle: int = 100 * _MB  # bytes of the experiment's Git bundle
    files: int = 50 * _MB  # bytes of `baseline.tar`, and of `experiment.tar`
    checkpoint: int = 4096 * _MB  # bytes of one checkpoint
    lfs: int = 4096 * _MB  # bytes of all files of Git LFS that are fetched of a commit
    log: int = 10 * _MB  # bytes of the whole log, with the lines that tell what was left out
    live: int = 4096  # bytes of what a terminal would show now, beyond the log
    beat: int = 128 * 1024  # bytes of log that one heartbeat brings
    body: int = 4 * _MB  # bytes of a JSON body
    reason: int = 4000  # characters of why it did not work
    packages: int = 2000  # lines that tell what was installed
    installed: int = 200_000  # bytes of all of them
    line: int = 500  # characters of each of them, and of what else is told of the environment
    margin: int = 3000  # seconds that an agent may take besides training: environment, data, upload


LIMITS = Limits()
# Whoever started an agent ends it when it takes longer than its own limit; what watches over him waits longer still.
MARGIN = 3600  # seconds besides training until an agent, or its machine, is ended
JOB_MARGIN = 4500  # seconds besides training until RQ ends the job that started it
# What the bot alone has to know of what it gives to an agent.
POINTERS = 2000  # files of Git LFS that are looked at in a commit
RUN_FILES = 20_000 * _MB  # bytes of what agents sent that is kept of all runs of one repository
RESULTS = 5000 * _MB  # bytes beyond them that are left to results: copies and what is for reading only take none of it
TREE_LIMIT = 500_000_000  # bytes of a commit's tree that is laid out to be read
SUBMODULES = 20  # of a commit
SUBMODULE = 500 * _MB  # bytes of the files of one
SUBMODULE_FILES = 100_000  # of one
