"""Fetches into a run's work tree what only the DVC remote has."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..agent_folder import Home
from ..errors import Trouble
from ..isolation.command_runner import CommandRunner
from ..isolation.process import ProcessEnd
from ..output.log import Journal, tail
from ..packages.environment import Installer
from ..packages.tooling import own_dvc
from ..specification import Specification
from . import dvc_cache
from .carrying import Carrier
from .remote import DvcRemote

PULLING = 1800.0  # seconds
ABSENT = "neither locally nor on remote"  # DVC 3 says this of what the remote lacks
NOISE = ("Everything is up to date.",)
AT_ONCE = 200  # paths in one command
# One command for each path, for one that DVC does not know makes a command fail for all; but one start of DVC.
PLACE = """
import sys
from dvc.cli import main
for path in sys.argv[1:]:
    main(["checkout", "--quiet", "--allow-missing", "--", path])
"""


class Fetcher:
    """Fetches data before anything of the project runs. What cannot be fetched is left out, and `why` says so."""

    def __init__(
        self,
        specification: Specification,
        commands: CommandRunner,
        home: Home,
        place: Path,
        outer: Mapping[str, str],
        journal: Journal,
        inside: Callable[[tuple[str, ...], Mapping[str, str], float], tuple[ProcessEnd, str]],
    ) -> None:
        """`place` is the attempt's folder. `inside` runs a command in the project's folder, as training is run.

        It returns how the command ended, and the end of what was printed.
        """
        self.why = ""  # a sentence; empty where all that was asked for last is there
        remote = specification.remote
        self.apart = remote is not None and remote.read is not None  # whether training cannot reach the remote
        self._specification = specification
        self._remote = remote
        self._commands = commands
        self._home = home
        self._project = place / "tree" / specification.project
        self._cache = place / "cache"
        self._place = place
        self._outer = outer
        self._journal = journal
        self._inside = inside

    def knows(self, packages: Sequence[str]) -> None:
        """Note the packages of training's environment.

        Without the remote's plugin, every DVC command would fail there.
        """
        plugin = self._remote.plugin if self._remote else ""
        self.apart = self.apart or bool(plugin and not any(each.startswith(f"{plugin}==") for each in packages))

    @property
    def needed(self) -> tuple[str, ...]:
        """The paths that training does not fetch itself: with the operator's credentials, only our own DVC fetches."""
        if self._remote and self._remote.read is not None:
            return self._remote.reads
        return self._specification.data_first or self._specification.pull_first

    def fetch(self, env: Mapping[str, str], installer: Installer, paths: tuple[str, ...], what: str) -> None:
        """Fetch paths from the DVC remote. `env` is training's environment, `what` names the paths in the log.

        Sets `why` where something could not be fetched.
        """
        self.why, remote = "", self._remote
        if not paths or not remote:
            return
        shown = ", ".join(paths[:5]) + (" …" if len(paths) > 5 else "")
        self._journal.say(f"Fetching {what} from the DVC remote: {shown}.")
        if remote.read is None:
            why = self._pull(env, paths)
            why = f"{remote.unnamed} DVC says: {why}" if why and remote.unnamed else why
        else:
            why = self._carry(env, installer, remote, remote.read, paths)
        if why:
            self.why = f"The DVC remote did not give {what}: {why}"
            self._journal.say(self.why)

    def _pull(self, env: Mapping[str, str], paths: tuple[str, ...]) -> str:
        """Pull with what training itself has to read the remote. Return why something is missing: DVC's last words."""
        pull = ("dvc", "pull", "--allow-missing", "--")
        outcome, output = self._inside((*pull, *paths), env, PULLING)
        for path in paths if outcome.code else ():  # one path that DVC does not know makes it fail for all
            self._inside((*pull, path), env, PULLING)
        missing = [path for path in paths if not (self._project / path).exists()]
        if missing and ABSENT in output:  # DVC does not count this as an error
            return f"{_names(missing)}: {_explained(output, len(missing))}"
        return tail(output, 3) if missing and outcome.code else ""

    def _carry(
        self,
        env: Mapping[str, str],
        installer: Installer,
        remote: DvcRemote,
        credentials: Mapping[str, str],
        paths: tuple[str, ...],
    ) -> str:
        """Fetch with the operator's credentials and our own DVC, away from the commit's configuration.

        Then put the files in place without the credentials. Return why something is missing.
        """
        wanted = {name: each for name, each in remote.objects.items() if any(_meet(name, path) for path in paths)}
        missing = {each for each in wanted.values() if not dvc_cache.has(self._cache, each)}
        try:
            tool = own_dvc(installer, self._home, self._specification.requirement, remote)
        except Trouble as trouble:
            return str(trouble)
        why = ""
        if missing:
            folder = self._place / f"fetch-{len(list(self._place.glob('fetch-*')))}"
            carrier = Carrier(self._commands, remote, tool, folder, self._cache, self._outer)
            outcome, output = carrier.run("fetch", missing, credentials, PULLING)
            left = [name for name, each in wanted.items() if not dvc_cache.has(self._cache, each)]
            if left:
                why = f"{_names(left)}: {'it took too long' if outcome.cut else _explained(output, len(left))}"
        put, names = (str(tool / "bin" / "python"), "-I", "-B", "-c", PLACE), list(wanted)
        for start in range(0, len(names), AT_ONCE):
            self._inside((*put, *names[start : start + AT_ONCE]), {**env, "VIRTUAL_ENV": str(tool)}, PULLING)
        return why


def _names(paths: Sequence[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths[:5]) + (" and others" if len(paths) > 5 else "")


def _explained(output: str, number: int) -> str:
    """Return why DVC did not fetch everything, in its words. `number`: how many files are missing."""
    if ABSENT in output:
        return f"the remote does not have {'it' if number == 1 else 'them'}."
    return tail("\n".join(line for line in output.splitlines() if line not in NOISE), 4)


def _meet(one: str, other: str) -> bool:
    """Return whether the paths are the same or one contains the other."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
