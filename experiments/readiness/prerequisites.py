"""Facts about a commit that are read once: what training needs that is not in its Git tree, and what is in the way."""

from dataclasses import dataclass, field

from experiments.wording import quoted


@dataclass(frozen=True)
class UnmergedFile:
    """A file that DVC reads and that has Git's marks of an unfinished merge."""

    path: str
    line: int  # of the first mark, from 1

    @property
    def sentence(self) -> str:
        """The conflict as a sentence for the reader."""
        return f"{quoted(self.path)} can't be read, line {self.line}: a merge conflict. Resolve it, commit and push."


@dataclass(frozen=True)
class Submodule:
    """Another repository in a folder of this one, at a commit whose files are in no tree of this repository."""

    path: str
    place: str  # the same path from the repository's root
    url: str  # as `.gitmodules` writes it, and so hostile; empty where it names none
    sha: str


@dataclass(frozen=True)
class Pointer:
    """A file whose content Git LFS holds, and of which Git has three lines."""

    path: str
    oid: str  # SHA-256 of the content
    size: int  # bytes of the content


@dataclass(frozen=True)
class MissingFile:
    """What a stage reads, no stage makes, and the commit does not hold."""

    path: str  # as dvc.yaml writes it where it is outside the repository
    stages: tuple[str, ...]
    tracked: bool = False  # a `.dvc` file tracks it: its bytes are in a DVC remote, if anywhere
    remote: str = ""  # address of that remote in `.dvc/config`; empty where none is named


@dataclass(frozen=True)
class Installs:
    """What a project asks to have installed, as the agent finds it where the configuration names no files."""

    path: str = ""  # of the requirements.txt or pyproject.toml; empty where neither asks for anything
    untaken: tuple[str, ...] = ()  # with an empty `path`: files that seem to ask for packages
    trouble: str = ""  # why nothing can be installed: a sentence
    python: str = ""  # the versions of Python that it works with, `>=3.10,<3.13`; empty where it names none
    python_from: str = ""  # path from the repository's root of the file that names them


@dataclass(frozen=True)
class Prerequisites:
    """The prerequisites of a commit. Paths are from the project's folder; `../` leads to elsewhere in the
    repository."""

    conflicts: tuple[UnmergedFile, ...] = ()
    refused: str = ""  # why DVC refuses the project: a sentence of the snapshot's `problems`
    submodules: tuple[Submodule, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    lfs_addresses: tuple[str, ...] = ()  # where `.lfsconfig` tells Git LFS to look
    missing: tuple[MissingFile, ...] = ()
    installs: Installs = field(default_factory=Installs)
    remotes: tuple[str, ...] = ()  # names of the DVC remotes in `.dvc/config`, where it makes none of them the default
