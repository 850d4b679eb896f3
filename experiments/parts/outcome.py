"""How a run ended."""

from dataclasses import dataclass

from experiments.provenance import Provenance


@dataclass(frozen=True)
class Environment:
    """The environment of training, as the agent found it."""

    python: str = ""
    dvc: str = ""
    packages: tuple[str, ...] = ()  # lines of `pip freeze`
    machine: str = ""  # `Linux x86_64, 2 cores, 23 GiB, no GPU`


@dataclass(frozen=True)
class RunOutcome:
    """When and how it ended, as its agent or the bot said. Before its end, what the attempt before left, if any."""

    ended: float | None = None  # in seconds since the epoch
    exit_code: int | None = None
    reason: str = ""  # why it did not succeed: a sentence
    environment: Environment = Environment()
    provenance: Provenance | None = None  # None: the agent told nothing
