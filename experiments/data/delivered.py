"""Whether what a run made, and Git does not hold, is in the project's DVC remote."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Data(StrEnum):
    """How far the data of an experiment's commit is to be had; each one is a different promise to a reader."""

    UNKNOWN = "unknown"  # nobody told: an agent of an older version, or a person's own `dvc exp push`
    NONE = "none"  # DVC keeps nothing of it: what is kept of it is in Git
    NO_REMOTE = "no remote"  # its commit names no default DVC remote
    PUSHED = "pushed"  # all of it is in the DVC remote, but for what `cause` tells the project lacked before the run
    NOT_PUSHED = "not pushed"  # a push did not work, or objects of it are nowhere


MISSING = (Data.NO_REMOTE, Data.NOT_PUSHED)
WAITS = (300.0, 1800.0, 7200.0, 43200.0)  # seconds after the first try at a remote that did not work, the second, …


@dataclass(frozen=True)
class Delivered:
    """What came of pushing the data of one run."""

    data: Data = Data.UNKNOWN
    remote: str = ""  # the remote's name in .dvc/config
    cause: str = ""  # why not all of it is there and who can mend that; plain sentences, code in backquotes
    lost: bool = False  # its runner does not have all of the objects: no push brings them
    tries: int = 0
    nowhere: tuple[str, ...] = ()  # outputs that neither DVC nor Git keeps
    tried: float | None = None  # the last time; seconds since the epoch
    remotes: tuple[str, ...] = ()  # that its commit names where it makes none the default
    named_at: str = ""  # SHA of the head whose default remote it is, where the commit itself names none

    @property
    def due(self) -> float | None:
        """When it is to be tried again by itself; None where it is there, is lost, or was tried often enough."""
        if self.data is not Data.NOT_PUSHED or self.lost or self.tried is None or self.tries > len(WAITS):
            return None
        return self.tried + WAITS[max(self.tries, 1) - 1]

    @property
    def missing(self) -> bool:
        """Whether it is known that a clone does not get all of its data."""
        return self.data in MISSING


def counted(said: Delivered, before: Delivered, now: float) -> Delivered:
    """What was heard just now of a push, as one more try."""
    kept = replace(said, nowhere=before.nowhere, remotes=before.remotes, named_at=before.named_at)
    return replace(kept, tries=before.tries + 1, tried=now)


def heard(said: Any) -> Delivered:
    """From the last word of an agent (docs/runs-api.md). Whatever it is, the run has to end: what is not understood is
    not known."""
    if not isinstance(said, Mapping) or said.get("data") not in tuple(Data):
        return Delivered()
    return Delivered(
        Data(said["data"]),
        str(said.get("remote") or "")[:200],
        str(said.get("cause") or "")[:2000],
        said.get("lost") is True,
    )
