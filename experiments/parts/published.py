"""What the Git host shows of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Published:
    """Where its report and its check runs are."""

    report: int = 0  # id of the comment with its report
    checks: Mapping[str, int] = field(default_factory=dict)  # SHA -> check run id
    pressed: int = 0  # how many presses of buttons of its check run were answered
    unreported: bool = False  # the host no longer takes its report: the conversation is locked, or the App was removed
