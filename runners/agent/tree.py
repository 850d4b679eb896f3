"""From GitHub to the attempt's own work tree: the kept mirror, a shallow copy, parameter edits."""

import hashlib
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from . import env_vars
from .agent_folder import locked
from .errors import Trouble
from .files import Below
from .isolation.command_runner import CommandRunner, Output
from .output.log import tail
from .specification import Specification

FETCHING = 1800.0  # seconds
MINE = "refs/studio/"  # refs that keep fetched commits in the mirror
TAGS = ("+refs/tags/*:refs/tags/*",)
NO_UPKEEP = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")  # of a repository that is deleted after the run


def fetch(commands: CommandRunner, specification: Specification, mirror: Path, outer: Mapping[str, str]) -> None:
    """Fetch the commit into the kept mirror. Raises Trouble with git's last words where git fails."""
    env = env_vars.for_fetching(outer, specification)
    sha = specification.sha
    with locked(mirror.with_suffix(".lock"), commands.why_stop):
        if not mirror.exists():
            _git(commands, env, mirror.parent, "init", "--quiet", "--bare", "--template=", "--", str(mirror))
        known = ("rev-parse", "--quiet", "--verify", f"{MINE}{sha}^{{commit}}")
        there = commands.run_outside(("git", *known), env=env, folder=mirror, sink=len, seconds=60).code == 0
        if there and not specification.full:
            return
        options = ("-c", "gc.autoDetach=false", "-c", "fetch.recurseSubmodules=false")
        refs = [f"{sha}:{MINE}{sha}", *(TAGS if specification.full else ())]
        _git(commands, env, mirror, *options, "fetch", "--quiet", "--no-tags", "--", specification.clone_url, *refs)


def make(
    commands: CommandRunner, specification: Specification, mirror: Path, tree: Path, outer: Mapping[str, str]
) -> None:
    """Make a work tree at the commit, shallow unless the specification asks for the history.

    Objects are copied: training cannot reach those of the mirror.
    """
    env = {"PATH": outer.get("PATH", env_vars.PATH), "LANG": "C.UTF-8", **env_vars.GIT}
    source = mirror.absolute().as_uri()
    _git(commands, env, tree.parent, "init", "--quiet", "--template=", "--", str(tree))
    _git(commands, env, tree, "config", "user.name", specification.author)
    _git(commands, env, tree, "config", "user.email", specification.email)
    depth = [] if specification.full else ["--depth=1"]
    refs = [f"{MINE}{specification.sha}", *(TAGS if specification.full else ())]
    _git(commands, env, tree, *NO_UPKEEP, "fetch", "--quiet", *depth, "--no-tags", "--", source, *refs)
    _git(commands, env, tree, "checkout", "--quiet", "--detach", specification.sha)
    with Below(tree).written(".git/info/exclude", make=True) as exclude:
        exclude.write(b"**/.dvc/config.local\n")


def check_project(project: Below) -> None:
    """Check that the project's folder exists. Raises Trouble where it does not, or is only a symlink."""
    if not project.is_folder():
        raise Trouble(
            f"There is no folder {project.inside!r} in this commit; `projects:` in "
            "`.github/studio.yml` of the base branch names it."
        )


def edit(project: Below, edits: Mapping[str, str]) -> None:
    """Write the edited parameter files.

    Raises Trouble where one is not a regular file that exists and is reached without symlinks.
    """
    for name, text in edits.items():
        found = None if ".git" in Path(name).parts else project.look(name)
        if found is None or not stat.S_ISREG(found.st_mode):
            raise Trouble(f"The parameter file {name!r} is not a regular file of the project; edit one that is.")
        with project.written(name, mode=stat.S_IMODE(found.st_mode)) as file:
            file.write(text.encode())


def clear(project: Below, results: Sequence[str]) -> None:
    """Delete the files of these results, so that whatever is there afterwards was made by the script.

    Folders and hidden files in them stay: `.gitkeep` is no result. Raises Trouble where a symlink leads to a result.
    """
    for name in results:
        if ".git" in Path(name).parts or not project.leads(name):
            raise Trouble(f"The result {name!r} is reached through a symlink; declare a path of the project itself.")
        if not project.is_folder(name):
            project.remove(name)
            continue
        for path, _ in project.walk(name):
            if not PurePosixPath(path).name.startswith("."):
                project.remove(path)


def point_cache(project: Below, cache: Path, *, apart: bool = False) -> bool:
    """Make the project's DVC keep its objects in the run's own cache. Return False where it has no .dvc folder.

    With `apart`, DVC is told that there is no default remote: it cannot reach the remote and would fail at it.
    """
    if not project.is_folder(".dvc"):
        return False
    text = f"[cache]\n    dir = {cache}\n" + ("[core]\n    remote =\n" if apart else "")
    with project.written(".dvc/config.local") as file:  # one may be committed by mistake, perhaps as a symlink
        file.write(text.encode())
    return True


def key(*texts: str) -> str:
    """Return a short name for these texts: the same texts give the same name."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:24]


def _git(commands: CommandRunner, env: Mapping[str, str], folder: Path, *argv: str) -> None:
    output = Output()
    outcome = commands.run_outside(("git", *argv), env=env, folder=folder, sink=output, seconds=FETCHING)
    if outcome.cut:
        raise Trouble(f"git {argv[0]} took more than {FETCHING / 60:.0f} minutes; try again.")
    if outcome.code != 0:
        raise Trouble(f"The repository could not be fetched: {tail(output.text, 3) or outcome.code}")
