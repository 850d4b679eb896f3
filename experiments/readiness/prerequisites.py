"""What training a commit needs that is not in its Git tree, and what stands in its way: facts, read once."""

from dataclasses import dataclass, field

from experiments.wording import quoted


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
class Submodule:
    """Another repository in a folder of this one: a commit of it, whose files are in no tree of this one."""

    path: str
    place: str  # the same from the repository's root
    url: str  # as `.gitmodules` writes it, which anybody may have written; empty where it names none
    sha: str


@dataclass(frozen=True)
class Pointer:
    """A file of which Git holds three lines, and Git LFS the content."""

    path: str
    oid: str  # SHA-256 of the content
    size: int  # bytes of the content


@dataclass(frozen=True)
class Missing:
    """What a stage reads and no stage makes, and what the commit does not hold."""

    path: str  # as dvc.yaml writes it where it leads out of the repository
    stages: tuple[str, ...]
    tracked: bool = False  # by a `.dvc` file: its bytes are in a DVC remote, if anywhere
    remote: str = ""  # address of that remote, as `.dvc/config` has it; empty where it names none


@dataclass(frozen=True)
class Installs:
    """What a project asks to have installed, as the agent finds it where the configuration names no files."""

    path: str = ""  # of the requirements.txt or pyproject.toml; empty where neither asks for anything
    untaken: tuple[str, ...] = ()  # where that is so: files that seem to ask for packages
    trouble: str = ""  # why none of it can be installed, a sentence
    python: str = ""  # which Python it works with, `>=3.10,<3.13`; empty where it does not say
    python_from: str = ""  # path of the file that says so, from the repository's root


@dataclass(frozen=True)
class Prerequisites:
    """Paths are from the project's folder; one that begins with `../` is beside it in the repository."""

    conflicts: tuple[Conflict, ...] = ()
    refused: str = ""  # why DVC refuses to work with the project, a sentence of the snapshot's `problems`
    submodules: tuple[Submodule, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    lfs_addresses: tuple[str, ...] = ()  # where `.lfsconfig` would have Git LFS look
    missing: tuple[Missing, ...] = ()
    installs: Installs = field(default_factory=Installs)
    remotes: tuple[str, ...] = ()  # names of the DVC remotes that `.dvc/config` has where it makes none the default
