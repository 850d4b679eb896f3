"""The entries of runners.yml, as typed values."""

import posixpath
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from experiments.fleet.entry import FleetEntry, Name, Variable
from experiments.fleet.folders import Owned, folders_of
from experiments.fleet.indexes import DeclaredIndex
from experiments.fleet.patterns import matches
from experiments.fleet.remotes import DeclaredRemote
from experiments.placement import EngineKind

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
GPU, DISK = "gpu", "disk"  # what has a price besides machines
METADATA = "http://169.254.169.254"  # where an EC2 instance learns that it will be taken away


class Shared(FleetEntry):
    """The settings of every runner."""

    repositories: Sequence[str] = Field(default=("*",), description="Patterns of `owner/name` that may use it.")
    people: Sequence[str] = Field(default=(), description="Logins that may use it; by default everyone who may train.")
    hours: float = Field(default=24.0, gt=0, le=168, description="The most hours that one run may train.")
    at_once: int = Field(default=0, ge=0, description="The most machines of it at once; 0: the bot sets no bound.")
    secrets: Sequence[Variable] = Field(default=(), description="Environment variables of the bot that training gets.")

    def lets(self, repository: str, author: str) -> bool:
        """Return whether this repository and person may use the runner."""
        return self.serves(repository) and (not self.people or author.lower() in {each.lower() for each in self.people})

    def serves(self, repository: str) -> bool:
        """Return whether this repository may use the runner, whoever asks."""
        return matches(self.repositories, repository)


class Machines(Shared):
    """The further settings of runners that launch machines."""

    regions: Sequence[str] = Field(
        default=(), description="Where machines are launched; the first when none is asked for."
    )
    machines: Sequence[str] = Field(
        default=(), description="Which machines may be launched; the first when none is asked for."
    )
    gpus: int = Field(default=0, ge=0, description="The most GPUs of one run.")
    disk: int = Field(default=0, ge=0, le=16000, description="GB of disk when nothing is asked for.")
    most_disk: int = Field(default=0, ge=0, le=16000, description="The most GB of disk that may be asked for.")
    spot: Literal["never", "allowed", "always"] = Field(
        default="never", description="Whether to launch machines that can be taken away."
    )
    prices: Mapping[str, Money] = Field(
        default_factory=dict,
        description="Price of an hour, by machine; `g4dn.xlarge spot` for spot ones, `*` for all others. `gpu`: of a "
        "GPU that is asked for beside the machine, `disk`: of a GB of disk.",
    )
    cost: Money = Field(default=0.0, description="The most that one run may cost; 0: no such bound.")
    isolation: Literal["bubblewrap", "none"] = Field(
        default="bubblewrap", description="What isolates training on its machine, and keeps it from the agent's files."
    )

    # Set by each type of runner, not by the operator.
    counts_from_launch: ClassVar[bool] = False  # cost counts from the launch; a cluster's queue costs nothing

    @property
    def agent_home(self) -> str:
        """Folder for what is kept between runs. Empty: the agent chooses one."""
        return ""

    def agent_options(self, repository: str) -> tuple[str, ...]:
        """Return the options with which the agent of a repository's run is started."""
        return ()

    def price(self, machine: str, spot: bool = False) -> float | None:
        """Return the price of an hour. None where none is given. A spot machine without a price of its own has the one
        on demand."""
        named = self.prices.get(f"{machine} spot") if spot else None
        return next(
            (each for each in (named, self.prices.get(machine), self.prices.get("*")) if each is not None), None
        )

    def extras(self, gpus: int, disk: int) -> float | None:
        """Return the price of an hour of these GPUs besides the machine and of this disk, in GB. None where one is not
        given."""
        prices = [(count, self.prices.get(name)) for name, count in ((GPU, gpus), (DISK, disk)) if count]
        return (
            None if any(price is None for _, price in prices) else sum(count * (price or 0) for count, price in prices)
        )


class Local(Shared):
    """The bot's own machine, with its `runner` processes."""

    type: Literal[EngineKind.LOCAL]


class Rq(Shared):
    """A trusted machine that reaches Redis and runs `python -m trainer NAME`."""

    type: Literal[EngineKind.RQ]


class Slurm(Machines):
    """A cluster with Slurm. Its `regions` are partitions, its `machines` are features or `cpus/memory`: `8/32G`."""

    type: Literal[EngineKind.SLURM]
    ssh: str = Field(default="", pattern=r"^$|^[A-Za-z0-9_.@-]+$", description="`user@host` of its login host.")
    account: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$", description="Account that is charged.")
    home: str = Field(pattern=r"^/[A-Za-z0-9_./-]+$", description="A folder that login host and nodes share.")
    remotes: Mapping[str, Annotated[str, Field(pattern=r"^/[A-Za-z0-9_./-]+$")]] = Field(
        default_factory=dict,
        description="Folders of the nodes that are DVC remotes: `owner/name` to the one it alone reads and adds to.",
    )

    @property
    def owned(self) -> tuple[Owned, ...]:
        """Its DVC remotes, as pairs of a repository and a folder."""
        return tuple((owner, posixpath.normpath(folder)) for owner, folder in self.remotes.items())

    @property
    def agent_home(self) -> str:
        """Folder on a file system that the nodes share."""
        return self.home

    def agent_options(self, repository: str) -> tuple[str, ...]:
        """Return the options that name the folders which are DVC remotes of this repository."""
        return tuple(word for folder in folders_of(repository, self.owned) for word in ("--remote", folder))


class Kubernetes(Machines):
    """A cluster with Kubernetes. Its `regions` are namespaces, its `machines` are `cpu/memory`: `4/16Gi`."""

    type: Literal[EngineKind.KUBERNETES]
    image: str = Field(min_length=1, description="Container image with Python 3.11, git and bubblewrap.")
    context: str = Field(default="", description="A context of the kubeconfig; else the current one, or the bot's own.")
    gpu_resource: str = Field(default="nvidia.com/gpu", description="The resource that counts GPUs.")
    node_selector: Mapping[str, str] = Field(default_factory=dict, description="Labels that nodes must have.")


class Aws(Machines):
    """EC2 instances, one for each run."""

    type: Literal[EngineKind.AWS]
    images: Mapping[str, str] = Field(min_length=1, description="Region to an AMI with Python, git, bubblewrap.")
    subnets: Mapping[str, Sequence[str]] = Field(
        default_factory=dict, description="Region to subnets, tried one after the other: one in each zone."
    )
    security_groups: Mapping[str, Sequence[str]] = Field(default_factory=dict, description="Region to security groups.")
    instance_profile: str = Field(default="", description="Name of a profile for the machine; none by default.")
    profile: str = Field(
        default="", description="A profile of the bot's AWS configuration; empty: boto3's usual chain."
    )

    counts_from_launch: ClassVar[bool] = True

    def agent_options(self, repository: str) -> tuple[str, ...]:
        """Return the option with the address at which an instance learns that it will be taken away."""
        return ("--notice", METADATA)


Runner = Annotated[Local | Rq | Slurm | Kubernetes | Aws, Field(discriminator="type")]


class Budget(FleetEntry):
    """Money for one month, in the currency of the prices; 0: no bound."""

    all: Money = Field(default=0.0, description="The budget of each one that is not named.")
    named: Mapping[str, Money] = Field(default_factory=dict, description="The budgets of these.")

    def of(self, name: str) -> float:
        """Return the budget of a name for one month. 0: no bound."""
        by_name = {key.lower(): value for key, value in self.named.items()}
        return by_name.get(name.lower(), self.all)


class Approval(FleetEntry):
    """Which runs need approval before they train, and who can give it."""

    above: Money = Field(description="The most that a run may cost without approval.")
    by: Sequence[str] = Field(min_length=1, description="Logins that may `/approve`.")


class Fleet(FleetEntry):
    """The whole of runners.yml."""

    owner: str = Field(
        default="", pattern=r"^[a-z0-9-]{0,30}$", description="Marks what this bot launches; else its host does."
    )
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="The currency of all prices.")
    runners: Mapping[Name, Runner] = Field(
        default_factory=lambda: {"local": Local(type=EngineKind.LOCAL)},
        min_length=1,
        description="The runners by name; the first is the default.",
    )
    repositories: Budget = Field(default=Budget(), description="Budgets of `owner/name`s.")
    people: Budget = Field(default=Budget(), description="Budgets of logins.")
    approval: Approval | None = Field(default=None, description="Which runs need approval, and whose.")
    remotes: Mapping[Name, DeclaredRemote] = Field(
        default_factory=dict, description="DVC remotes that runs get credentials for, by name."
    )
    indexes: Mapping[Name, DeclaredIndex] = Field(
        default_factory=dict, description="Package indexes that repositories install from, by name."
    )

    @property
    def bounded(self) -> bool:
        """Whether budgets or approval depend on what machines cost."""
        budgets = (self.repositories, self.people)
        return self.approval is not None or any(each.all or any(each.named.values()) for each in budgets)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the bot's environment variables that the file uses."""
        training = (name for each in self.runners.values() for name in each.secrets)
        data = (name for each in self.remotes.values() for name in (*each.read.values(), *each.push.values()))
        packages = (name for each in self.indexes.values() for name in (each.username, each.password) if name)
        return tuple(dict.fromkeys([*training, *data, *packages]))
