"""Where an experiment trains: a runner that the operator declared, and what is asked of its machine."""

from dataclasses import dataclass
from enum import StrEnum

from experiments.limits import MARGIN


class Kind(StrEnum):
    """What drives a runner; `type` in runners.yml."""

    LOCAL = "local"
    RQ = "rq"
    SLURM = "slurm"
    KUBERNETES = "kubernetes"
    AWS = "aws"

    @property
    def queued(self) -> bool:
        """A process that is there takes the run; else a machine is launched for it."""
        return self in (Kind.LOCAL, Kind.RQ)


@dataclass(frozen=True)
class Wish:
    """What a command or `.github/studio.yml` asks for; what is left out is for the runner to say."""

    runner: str = ""
    cloud: str = ""
    region: str = ""
    machine: str = ""
    gpu: str = ""
    disk: int = 0  # GB
    spot: bool = False

    @property
    def of_machine(self) -> bool:
        """Whether more is asked for than a runner."""
        return bool(self.region or self.machine or self.gpu or self.disk or self.spot)


@dataclass(frozen=True)
class Place:
    """A wish that the runners' bounds allow."""

    runner: str = "local"  # its name in runners.yml
    kind: Kind = Kind.LOCAL
    region: str = ""  # in the vendor's words, as `machine`; of Slurm the partition, of Kubernetes the namespace
    machine: str = ""
    gpu: str = ""  # how many, or which and how many: `1`, `a100:2`
    disk: int = 0  # GB; 0: what the image has
    spot: bool = False
    price: float = 0.0  # an hour; 0: it costs nothing, or nobody said what
    price_on_demand: float = 0.0  # with `spot`: what it costs where no spot machine is to be had
    cap: float = 0.0  # most this run may cost; 0: no such bound
    currency: str = "USD"

    @property
    def dearest(self) -> float:
        """Most that an hour of it may cost."""
        return max(self.price, self.price_on_demand)

    @property
    def words(self) -> str:
        """For reading: `ec2, g4dn.xlarge in us-west-1, spot`."""
        machine = " in ".join(filter(None, (self.machine, self.region)))
        more = (f"GPU {self.gpu}" if self.gpu else "", f"{self.disk} GB" if self.disk else "", "spot" * self.spot)
        return ", ".join(filter(None, (self.runner, machine, *more)))


def worst_cost(place: Place, timeout: int) -> float:
    """What a run may cost that trains for `timeout` seconds at most, in the currency of the prices."""
    return (timeout + MARGIN) / 3600 * place.dearest


@dataclass(frozen=True)
class Rented:
    """The machine of one attempt, as long as it is ours and afterwards."""

    name: str
    attempt: int
    launched: float  # when it was asked for; seconds since the epoch, as all times here
    expires: float  # when it has to be gone, whoever has died
    id: str = ""  # the engine's own; empty until it answered
    zone: str = ""
    spot: bool = False
    price: float = 0.0  # an hour
    began: float | None = None  # it was given to us; in a cluster's queue nothing is counted
    ended: float | None = None
    interrupted: bool = False  # taken away before it was through
    booted: bool = False  # its agent asked for the key to the run

    def hours(self, now: float) -> float:
        """It was ours."""
        return 0.0 if self.began is None else max(0.0, ((self.ended or now) - self.began) / 3600)

    def cost(self, now: float) -> float:
        """An estimate: hours by price."""
        return self.hours(now) * self.price
