"""How an experiment is executed: what trains, where, for how long, and what is kept meanwhile."""

from dataclasses import dataclass, field

from experiments.placement import Placement
from experiments.settings.declared import Declared


@dataclass(frozen=True)
class Execution:
    """How it is trained. What the project's configuration says is as the base branch had it at the request."""

    queue: bool = False  # it waits in the queue of its pull request until it is started
    place: Placement = field(default_factory=Placement)  # where it trains
    timeout: int = 7200  # seconds
    targets: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # DVC's, that choose which stages it looks at: `--single-item`
    force: bool = False  # trains even where nothing changed
    anew: bool = False  # no result of an earlier run may be reused: DVC could not tell the two apart
    script: str = ""  # the command that trains, from the project's configuration; empty: dvc exp run
    has_dvc: bool = True  # False: its ref is below `refs/studio/`
    declared: Declared = field(default_factory=Declared)
    requirements: tuple[str, ...] = ()  # files of what is installed, where the configuration names any; empty: as found
    history: str = ""  # full: the clone has all commits and tags; empty: the baseline alone
    checkpointed: tuple[str, ...] = ()  # outputs that are copied while it trains
    checkpoint_every: int = 600  # least seconds between two checkpoints
    resumes: str = ""  # id of the run whose newest checkpoint it goes on from

    @property
    def by_dvc(self) -> bool:
        """Whether DVC trains, and decides which stages run."""
        return self.has_dvc and not self.script
