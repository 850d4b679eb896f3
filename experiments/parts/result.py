"""What a run made, and where that is."""

from dataclasses import dataclass, field

from experiments.data.delivered import Delivered


@dataclass(frozen=True)
class RunResult:
    """The commit of a run, and where it is: in Git, on a branch, its data in the DVC remote."""

    commit: str = ""  # SHA of the experiment's commit, once verified
    landed: bool = False  # the branch was fast-forwarded to it
    head: str = ""  # SHA it landed as, even if undone: not `commit` where the host signed it, or the head was newer
    not_landed: str = ""  # why it did not land: a sentence
    unfit: str = ""  # why its commit may go onto no branch, not even a new one: sentences
    undone: bool = False  # it landed, and `/undo` took it off the branch again
    opened: int = 0  # number of the pull request that was made for it
    removed: bool = False  # somebody had its ref deleted
    delivered: Delivered = field(default_factory=Delivered)  # how far its data is in the DVC remote

    @property
    def in_git(self) -> bool:
        """Whether the host has its commit, as an experiment or on a branch."""
        return bool(self.commit) and (self.landed or bool(self.opened) or not self.removed)

    @property
    def landed_as(self) -> str:
        """SHA of its commit on the branch. Empty where it did not land."""
        return (self.head or self.commit) if self.landed else ""
