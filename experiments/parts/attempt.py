"""The present attempt of a run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunAttempt:
    """What is known of the attempt that a runner is to make or makes. The next one begins with none of it."""

    number: int = 1  # counted from 1 in its run
    token_hash: str = ""  # SHA-256 of its token, in hex; empty until an agent has claimed it
    heartbeat: float | None = None  # in seconds since the epoch, as all times here
    started: float | None = None  # when training began
    trained: float | None = None  # when the script ended
    logged_before: int = 0  # bytes of the log before training's own lines; 0: training has not begun
    waits: str = ""  # why there is no machine for it yet, or no result: a sentence
