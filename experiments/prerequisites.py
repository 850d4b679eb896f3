"""What training a commit needs that is not in its Git tree, and what stands in its way: facts, read once."""

from dataclasses import dataclass

from experiments.sentences import quoted


@dataclass(frozen=True)
class Conflict:
    """A file of the project that DVC reads and that holds Git's marks of a merge nobody finished."""

    path: str
    line: int  # of the first mark, from 1

    @property
    def sentence(self) -> str:
        """For the reader."""
        return f"{quoted(self.path)} can't be read, line {self.line}: a merge conflict. Resolve it, commit and push."


@dataclass(frozen=True)
class Prerequisites:
    """Paths are from the project's folder; one that begins with `../` is beside it in the repository."""

    conflicts: tuple[Conflict, ...] = ()
