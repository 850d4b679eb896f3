"""Whether the outputs of a run that Git does not hold are in the project's DVC remote."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Data(StrEnum):
    """How far the data of an experiment's commit can be had from the DVC remote."""

    UNKNOWN = "unknown"  # nothing was reported: the agent is of an older version, or a person ran `dvc exp push`
    NONE = "none"  # DVC tracks no output of it: whatever is kept is in Git
    NO_REMOTE = "no remote"  # its commit names no default DVC remote
    PUSHED = "pushed"  # all of it is in the DVC remote, but for what `cause` tells the project lacked before the run
    NOT_PUSHED = "not pushed"  # a push failed, or some of its objects are nowhere


MISSING = (Data.NO_REMOTE, Data.NOT_PUSHED)
WAITS = (300.0, 1800.0, 7200.0, 43200.0)  # seconds until the next try, after the first failed one, the second, …


@dataclass(frozen=True)
class Delivered:
    """The outcome of pushing the data of one run."""

    data: Data = Data.UNKNOWN
    remote: str = ""  # the remote's name in .dvc/config
    cause: str = ""  # why some of it is not there and who can mend that: sentences, code in backquotes
    lost: bool = False  # its runner no longer has all of the objects: no push can bring them
    tries: int = 0
    nowhere: tuple[str, ...] = ()  # outputs that neither DVC nor Git keeps
    tried: float | None = None  # time of the last try, in seconds since the epoch
    remotes: tuple[str, ...] = ()  # names of the remotes of its commit, where it makes none of them the default
    named_at: str = ""  # SHA of the head that names the default remote, where the commit itself names none

    @property
    def due(self) -> float | None:
        """When the next push is due, in seconds since the epoch. None where none is: the data is there, lost, or tried
        too often."""
        if self.data is not Data.NOT_PUSHED or self.lost or self.tried is None or self.tries > len(WAITS):
            return None
        return self.tried + WAITS[max(self.tries, 1) - 1]

    @property
    def missing(self) -> bool:
        """Whether it is known that a clone can't get all of its data."""
        return self.data in MISSING


def counted(report: Delivered, before: Delivered, now: float) -> Delivered:
    """Return what was heard of a push just now, counted as one more try after `before`. `now`: seconds since the
    epoch."""
    kept = replace(report, nowhere=before.nowhere, remotes=before.remotes, named_at=before.named_at)
    return replace(kept, tries=before.tries + 1, tried=now)


def heard(statement: Any) -> Delivered:
    """Return the outcome of a push from an agent's last message (docs/runs-api.md). Whatever cannot be understood
    becomes an unknown outcome, since the run has to end in any case."""
    if not isinstance(statement, Mapping) or statement.get("data") not in tuple(Data):
        return Delivered()
    return Delivered(
        Data(statement["data"]),
        str(statement.get("remote") or "")[:200],
        str(statement.get("cause") or "")[:2000],
        statement.get("lost") is True,
    )
