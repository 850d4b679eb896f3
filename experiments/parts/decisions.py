"""What people decided about a run after they had asked for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decisions:
    """Who approved, started or cancelled it; empty or 0 where nobody did."""

    approved_by: str = ""  # who approved its cost: login, and id of the comment
    started_by: int = 0  # id of the comment that started it from the queue
    cancelled_by: int = 0  # id of the comment that cancelled it
