"""Keys: what stored values are about and what work is called. Their text is written here and nowhere else."""

from dataclasses import dataclass
from typing import Generic, TypeVarTuple

from experiments.experiment import PullRef

Of = TypeVarTuple("Of")


@dataclass(frozen=True)
class Key:
    """What something is stored, locked or counted under. Make one with `of` of its kind."""

    kind: str  # a name without a colon
    parts: tuple[object, ...]  # strings, numbers and pull requests; only the last one may have a colon in it

    def __str__(self) -> str:
        """Return its text, which is part of what is stored: changed, it would be another key."""
        parts = (part.key if isinstance(part, PullRef) else str(part) for part in self.parts)
        return ":".join((self.kind, *parts))


@dataclass(frozen=True)
class WorkKind(Generic[*Of]):
    """A kind of work, with the types of what tells one piece of it from another: `WorkKind[str]("check").of(run.id)`.

    One process at a time does a piece of work; what is done once is marked; and deaths at it are counted.
    """

    name: str

    def of(self, *parts: *Of) -> Key:
        """Return the key of one piece of work."""
        return Key(self.name, parts)


DELIVERY = WorkKind[str]("delivery")  # its GUID
REQUEST = WorkKind[int, int]("asked")  # id of the repository, id of the request
COSTS = WorkKind[str]("asks")  # login in lower case: costs of this person are summed
CHECK_RUN = WorkKind[str]("check")  # id of the run whose check run is written
CHECKPOINT = WorkKind[str]("checkpoint")  # id of the run whose checkpoints are counted, or named by a ref
FINISH = WorkKind[str]("finish")  # id of the run whose end is taken in
LANDING = WorkKind[int, str]("landing")  # id of the repository, branch that a run is to land on
LAUNCH = WorkKind[str]("runner")  # name of the runner on which a machine is launched
MACHINES = WorkKind[()]("watching")  # all machines are compared with the runs that need them
OVERVIEW = WorkKind[PullRef]("overview")
SWEEP = WorkKind[PullRef, str]("sweep")  # name of the sweep, asked for in this pull request
