"""Small projects of other kinds, each in a repository and a pull request of its own."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.hub import Hub
from demo.seed import author, run

TEMPLATES = Path(__file__).parent
BRANCH = "try"
_Here = Callable[..., str]


@dataclass(frozen=True)
class DemoProject:
    """One small project, and the change that its pull request makes."""

    repository: str  # owner/name; the template's folder has the same name
    what: str  # the words beside its address
    folders: tuple[str, ...]  # the folders of its projects
    has_dvc: bool
    change: tuple[str, str, str]  # file, text and new text of the change that the pull request makes
    title: str
    data: str = ""  # a CSV file that DVC tracks; the first commit has its first half

    @property
    def name(self) -> str:
        """The name of its template, which has all files but the program that the kinds share."""
        return self.repository.partition("/")[2]


KINDS = (
    DemoProject("lab/line", "without DVC", ("",), False, ("params.toml", "epochs = 20", "epochs = 60"), "Train longer"),
    DemoProject(
        "lab/composed",
        "composed by Hydra",
        ("",),
        True,
        ("conf/config.yaml", "model: line", "model: parabola"),
        "A parabola instead of a line",
    ),
    DemoProject(
        "lab/two",
        "two projects",
        ("vision", "speech"),
        True,
        ("vision/params.yaml", "degree: 1", "degree: 2"),
        "A parabola for vision",
    ),
    DemoProject(
        "lab/stored",
        "data and checkpoints that DVC keeps",
        ("",),
        True,
        ("params.yaml", "degree: 2", "degree: 3"),
        "A cubic curve",
        data="points.csv",
    ),
)


def publish(kind: DemoProject, hub: Hub, remote: Path, env: Mapping[str, str]) -> str:
    """Train it on `main` and on a branch, push both, open the pull request and return its address.

    `remote` is the folder of its DVC remote.
    """
    with TemporaryDirectory() as folder:
        tree = Path(folder) / kind.name
        _make(kind, tree, remote, {**env, **author("grace")})
        push = ["git", "push", "--quiet", f"{hub.url}/{kind.repository}.git", "main", BRANCH]
        run(push, tree, {**env, **hub.credential("grace")})
    number = hub.open_pull(BRANCH, kind.title, "", by="grace", repository=kind.repository)
    return f"{hub.url}/{kind.repository}/pull/{number}"


def _make(kind: DemoProject, tree: Path, remote: Path, env: Mapping[str, str]) -> None:

    def here(*command: str, project: str = "") -> str:
        return run(command, tree / project, env)

    shutil.copytree(TEMPLATES / kind.name, tree)
    for project in kind.folders:
        if not (tree / project / "train.py").exists():
            shutil.copy(TEMPLATES / "train.py", tree / project)
    here("git", "init", "--quiet", "--initial-branch", "main")
    if kind.has_dvc:
        for project in kind.folders:
            here("dvc", "init", "--quiet", *(["--subdir"] if project else []), project=project)
    if (tree / "conf").is_dir():
        here("dvc", "config", "hydra.enabled", "True")
    if kind.data:
        here("dvc", "remote", "add", "--quiet", "--default", "storage", str(remote.resolve()))
        _grow(kind, tree, here)
    _commit(here, "Fit a polynomial")
    _train(kind, here, kind.folders)
    if kind.data:
        _grow(kind, tree, here, whole=True)
        _commit(here, "Add points")
        _train(kind, here, kind.folders)
    here("git", "switch", "--quiet", "--create", BRANCH)
    path, text, other = kind.change
    (tree / path).write_text((tree / path).read_text().replace(text, other))
    _train(kind, here, [each for each in kind.folders if path.startswith(each)])
    if kind.data:
        here("dvc", "push", "--quiet", "--all-commits")


def _grow(kind: DemoProject, tree: Path, here: _Here, whole: bool = False) -> None:
    """Write the data, or its first half, and let DVC track it."""
    lines = (TEMPLATES / kind.name / kind.data).read_text().splitlines(keepends=True)
    (tree / kind.data).write_text("".join(lines if whole else lines[: len(lines) // 2]))
    here("dvc", "add", "--quiet", kind.data)


def _train(kind: DemoProject, here: _Here, folders: tuple[str, ...] | list[str]) -> None:
    for project in folders:
        # DVC composes parameters with Hydra in `exp run` only.
        here(*(["dvc", "exp", "run", "--quiet"] if kind.has_dvc else ["python", "train.py"]), project=project)
    _commit(here, "Train it")


def _commit(here: _Here, message: str) -> None:
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", message)
