"""The place where an experiment trains: a runner that the operator declared, and what is asked of its machine."""

from dataclasses import dataclass
from enum import StrEnum

from experiments.limits import MARGIN


class EngineKind(StrEnum):
    """The kind of a runner, which is its `type` in runners.yml."""

    LOCAL = "local"
    RQ = "rq"
    SLURM = "slurm"
    KUBERNETES = "kubernetes"
    AWS = "aws"

    @property
    def queued(self) -> bool:
        """Whether a process that is there takes the run. Otherwise a machine is launched for it."""
        return self in (EngineKind.LOCAL, EngineKind.RQ)


@dataclass(frozen=True)
class Wish:
    """What a command or `.github/studio.yml` asks for. The runner decides what is left out."""

    runner: str = ""
    cloud: str = ""
    region: str = ""
    machine: str = ""
    gpu: str = ""
    disk: int = 0  # GB
    spot: bool = False

    @property
    def of_machine(self) -> bool:
        """Whether it asks for more than a runner."""
        return bool(self.region or self.machine or self.gpu or self.disk or self.spot)


@dataclass(frozen=True)
class Placement:
    """A wish that is within the bounds of its runner."""

    runner: str = "local"  # its name in runners.yml
    kind: EngineKind = EngineKind.LOCAL
    region: str = ""  # in the vendor's words, as `machine`; Slurm: the partition, Kubernetes: the namespace
    machine: str = ""
    gpu: str = ""  # how many, or which and how many: `1`, `a100:2`
    disk: int = 0  # GB; 0: what the image has
    spot: bool = False
    price: float = 0.0  # of an hour; 0: free, or no price is given
    price_on_demand: float = 0.0  # with `spot`: of an hour where no spot machine is available
    cap: float = 0.0  # most that this run may cost; 0: no bound
    currency: str = "USD"

    @property
    def dearest(self) -> float:
        """The most that an hour may cost."""
        return max(self.price, self.price_on_demand)

    @property
    def words(self) -> str:
        """The place for people to read: `ec2, g4dn.xlarge in us-west-1, spot`."""
        machine = " in ".join(filter(None, (self.machine, self.region)))
        more = (f"GPU {self.gpu}" if self.gpu else "", f"{self.disk} GB" if self.disk else "", "spot" * self.spot)
        return ", ".join(filter(None, (self.runner, machine, *more)))


def worst_cost(place: Placement, timeout: int) -> float:
    """Return the most that a run with a limit of `timeout` seconds may cost, in the currency of the prices."""
    return (timeout + MARGIN) / 3600 * place.dearest


@dataclass(frozen=True)
class Lease:
    """The machine of one attempt, kept after it is gone."""

    name: str
    attempt: int
    launched: float  # when it was asked for, in seconds since the epoch, as all times here
    expires: float  # when it has to be gone, even if its agent has died
    id: str = ""  # the engine's own id; empty until the engine answered
    zone: str = ""
    spot: bool = False
    price: float = 0.0  # of an hour
    began: float | None = None  # when it was given to us; waiting in a cluster's queue is not counted
    ended: float | None = None
    interrupted: bool = False  # it was taken away before the attempt was through
    booted: bool = False  # its agent asked for the key to the run

    def hours(self, now: float) -> float:
        """Return the hours for which the machine was ours. `now`: seconds since the epoch."""
        return 0.0 if self.began is None else max(0.0, ((self.ended or now) - self.began) / 3600)

    def cost(self, now: float) -> float:
        """Return its estimated cost, which is hours by price."""
        return self.hours(now) * self.price
