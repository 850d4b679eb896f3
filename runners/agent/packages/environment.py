"""Makes the environment that a run trains with: installed once by uv, then kept and only read."""

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .. import env_vars
from ..agent_folder import Home
from ..agent_folder import locked as alone
from ..errors import Trouble
from ..files import remove
from ..isolation import bubblewrap
from ..isolation.command_runner import CommandRunner, Output
from ..output.log import Journal
from ..tree import key
from . import pythons
from .index import PackageIndex
from .installing import why
from .pythons import Python

INSTALLING = 1800.0  # seconds
CHECKING = 60.0  # seconds
DVC = re.compile(r"dvc(?:==|\s*@\s*)(\S+)")


@dataclass(frozen=True)
class PreparedEnvironment:
    """An installed environment: a folder with `bin/`, its Python's version, and its packages."""

    folder: Path
    python: str
    packages: tuple[str, ...]  # lines of `uv pip freeze`

    @property
    def dvc(self) -> str:
        """The version of DVC in it; empty where there is none."""
        return next((found[1] for line in self.packages if (found := DVC.fullmatch(line))), "")


def find_uv(path: str) -> Path:
    """Return the path of uv, from beside our own Python or from the given PATH. Raises Trouble where there is none."""
    found = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv", path=path)
    if not found:
        raise Trouble(
            "The runner has no `uv`. Its operator installs it (pip install uv, or into `bin` of the agent's folder), "
            "then `/retry` starts the run again."
        )
    return Path(found).resolve()


def check_dvc(environment: PreparedEnvironment, minimum: str, requirement: str) -> None:
    """Check the project's own DVC. Raises Trouble where it is missing or older than `minimum`."""
    if not environment.dvc:
        raise Trouble(f"No DVC was found after installing `{requirement}`; add it to requirements.txt.")
    if numbers(environment.dvc) < numbers(minimum):
        raise Trouble(
            f"This project's requirements.txt brings DVC {environment.dvc}, and experiments need {minimum} or newer: "
            f"write `dvc>={minimum}` there (or leave it out, then `{requirement}` is installed)."
        )


def numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparison; empty where there are none."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


class Installer:
    """Makes environments in the agent's folder. Each belongs to one owner: a repository, or the agent itself."""

    def __init__(self, commands: CommandRunner, home: Home, outer: Mapping[str, str], journal: Journal) -> None:
        self._commands = commands
        self._home = home
        self._outer = outer
        self._journal = journal

    def prepare(
        self,
        owner: str,
        files: Mapping[str, str],
        requirement: str,
        wanted: tuple[str, str] = ("", ""),
        *,
        locked: bool = False,
        index: PackageIndex | None = None,
    ) -> PreparedEnvironment:
        """Return the kept environment for these requirement files; make it where there is none.

        `files` maps paths to texts; the first includes the others. Where they bring no DVC, `requirement` is installed,
        too; where `requirement` is empty, pip is installed for scripts that call it. `wanted` holds the versions of
        Python that are asked for, and the file that asks; where the machine has none of them, ours is taken and the log
        says so. With `locked`, the files name every package with its hashes and nothing else is installed. `index` is a
        repository's package index, in place of the machine's; the agent's own environments serve all repositories, so
        they never take one. Where nothing of the repository would be installed, the environment is the agent's own,
        which most often is there already. Raises Trouble with uv's last words, and Stopped when the run is stopped
        while it waits.
        """
        if index is None and not _has_lines(files):
            owner, files = "agent", {}
        python = self._python(*wanted)
        name = key(
            str(python.path),
            f"{python.number} {sys.version}",
            requirement,
            *(part for item in files.items() for part in item),
        )
        folder = self._home.envs(owner) / name
        facts = folder.with_suffix(".json")  # no build code can write there; made last
        with alone(folder.with_suffix(".lock"), self._commands.why_stop):
            if facts.exists():
                known = json.loads(facts.read_text())
                if known.get("at") == str(folder) and self._works(folder, bool(requirement)):
                    return PreparedEnvironment(folder, known["python"], tuple(known["packages"]))
                self._journal.say("The kept environment does not work where it is now, so it is made again.")
                facts.unlink()
            self._journal.say("Installing the environment; it is kept for the next runs.")
            outer = env_vars.with_index(self._outer, index)
            made = self._make(owner, folder, python, files, requirement, locked, outer)
            half = facts.with_suffix(".half")
            half.write_text(json.dumps({**asdict(made), "folder": None, "at": str(folder)}))
            half.rename(facts)
            return made

    def _works(self, folder: Path, has_dvc: bool) -> bool:
        """Return whether the environment's Python runs and finds its own library, and its `dvc` is there.

        That Python's programs name it by a whole path. Whether the folder was moved is told by the path among its
        facts.
        """
        python = folder / "bin" / "python"
        if has_dvc and not (folder / "bin" / "dvc").is_file():
            return False
        if not folder.is_dir():
            return False
        outcome = self._commands.run(
            (str(python), "-I", "-B", "-c", "import encodings, site"),
            env={"PATH": env_vars.PATH, "LANG": "C.UTF-8"},
            folder=folder,
            sink=Output(),
            seconds=CHECKING,
            read=(folder, *bubblewrap.interpreter()),
        )
        return not outcome.cut and outcome.code == 0

    def _python(self, asked: str, where: str) -> Python:
        found = pythons.choose(asked, self._version)
        if found is None:
            found = pythons.ours()
            self._journal.say(
                f"{where} asks for Python {asked}, and this machine has none of these: Python {found.number} is taken."
            )
        return found

    def _version(self, program: Path) -> str:
        output = Output()
        self._commands.run_outside((str(program), "-I", "--version"), env={}, folder=Path("/"), sink=output, seconds=60)
        return output.text

    def _make(
        self,
        owner: str,
        folder: Path,
        python: Python,
        files: Mapping[str, str],
        requirement: str,
        locked: bool,
        outer: Mapping[str, str],
    ) -> PreparedEnvironment:
        remove(folder)
        folder.mkdir()
        cache = self._home.uv(owner)
        cache.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._home.envs(owner), prefix="build-") as scratch:
            for name, text in files.items():
                (Path(scratch) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(scratch) / name).write_text(text)
            source = next(iter(files), requirement or "pip")
            source = source.removesuffix(".txt") if source.endswith(".toml.txt") else source
            uv = self._uv(folder, cache, Path(scratch), source, python.number, outer)
            seed = () if requirement or locked else ("--seed",)
            only = ("--no-deps", "--require-hashes") if locked else ()
            uv("venv", "--quiet", "--allow-existing", *seed, "--python", str(python.path), "--", str(folder))
            inside = ("--python", str(folder / "bin" / "python"))
            if _has_lines(files):
                uv("pip", "install", *inside, *only, "-r", next(iter(files)))
            made = PreparedEnvironment(folder, python.number, _packages(uv("pip", "freeze", *inside)))
            if requirement and not made.dvc:
                uv("pip", "install", *inside, "--", requirement)
                made = replace(made, packages=_packages(uv("pip", "freeze", *inside)))
            return made

    def _uv(
        self, folder: Path, cache: Path, scratch: Path, source: str, python: str, outer: Mapping[str, str]
    ) -> Callable[..., str]:
        uv = find_uv(outer.get("PATH", os.defpath))
        read = (
            *bubblewrap.interpreter(),
            uv,
            *env_vars.certificates(outer),
            *env_vars.find_links(outer),
        )
        env = env_vars.for_installing(outer, scratch, cache)

        def run(*argv: str) -> str:
            output = Output(None if "freeze" in argv else self._journal.write)
            outcome = self._commands.run(
                (str(uv), *argv),
                env=env,
                folder=scratch,
                sink=output,
                seconds=INSTALLING,
                read=read,
                write=(folder, cache, scratch),
                network=True,
            )
            if outcome.cut:
                raise Trouble(f"Installing the packages of `{source}` took more than {INSTALLING / 60:.0f} minutes.")
            if outcome.code != 0:
                raise Trouble(why(self._journal.scrub(output.text), source, python))
            return output.text

        return run


def _has_lines(files: Mapping[str, str]) -> bool:
    """Return whether any line of these requirement files says something."""
    return any(line.partition("#")[0].strip() for text in files.values() for line in text.splitlines())


def _packages(frozen: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in frozen.splitlines() if line.strip() and not line.startswith(("#", "Using ")))
