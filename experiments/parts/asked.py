"""What was asked for, and by whom."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """The request that an experiment comes from, and what of its words is shown or checked later."""

    author: str = ""  # login of who asked for it; empty where nobody did, as for a fetch of data
    comment: int = 0  # id of the comment, or of the press of a button, that asked for it; 0 where there is none
    origin: str = ""  # what was typed after `--from`: the experiment whose parameters it takes
    rev: str = ""  # what was typed after `--rev`: its commit is the baseline, and the branch stays as it is
    head: str = ""  # with `rev`: SHA of the head at the time of the request
    cost: float = 0.0  # most that everything its comment asked for may cost, where that needs approval
