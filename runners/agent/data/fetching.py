"""What only the DVC remote has, brought into a run's work tree."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..agent_folder import Home
from ..errors import Trouble
from ..isolation.command_runner import Room
from ..isolation.process import Outcome
from ..output.log import Journal, tail
from ..packages.environment import Installer
from ..packages.tooling import own_dvc
from ..specification import Specification
from . import dvc_cache
from .carrying import Carrier
from .remote import Remote

PULLING = 1800.0  # seconds
ABSENT = "neither locally nor on remote"  # DVC's words, version 3
NOISE = ("Everything is up to date.",)


class Fetcher:
    """Fetches before anything of the project ran. What cannot be had is left out, and `why` says so."""

    def __init__(
        self,
        specification: Specification,
        room: Room,
        home: Home,
        place: Path,
        outer: Mapping[str, str],
        journal: Journal,
        inside: Callable[[tuple[str, ...], Mapping[str, str], float], tuple[Outcome, str]],
    ) -> None:
        """`place`: the attempt's folder. `inside` runs a command in the project's folder, as training is run; how it
        ended, and the end of what it printed."""
        self.why = ""  # a sentence; empty: all that was asked for last is here
        remote = specification.remote
        self.apart = remote is not None and remote.read is not None  # training does not reach the remote
        self._specification = specification
        self._remote = remote
        self._room = room
        self._home = home
        self._project = place / "tree" / specification.project
        self._cache = place / "cache"
        self._place = place
        self._outer = outer
        self._journal = journal
        self._inside = inside

    def knows(self, packages: Sequence[str]) -> None:
        """What training's environment has. A remote whose plugin is not in it would fail every command of DVC's."""
        plugin = self._remote.plugin if self._remote else ""
        self.apart = self.apart or bool(plugin and not any(each.startswith(f"{plugin}==") for each in packages))

    @property
    def needed(self) -> tuple[str, ...]:
        """What training will not fetch by itself: with the operator's credentials only our own DVC fetches."""
        if self._remote and self._remote.read is not None:
            return self._remote.reads
        return self._specification.data_first or self._specification.pull_first

    def fetch(self, env: Mapping[str, str], installer: Installer, paths: tuple[str, ...], what: str) -> None:
        """From the DVC remote. `env`: of training. `what`: these paths in a word or two, for the log."""
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
        """With what training has to read it. Why something is missing: DVC's last words."""
        pull = ("dvc", "pull", "--allow-missing", "--")
        outcome, said = self._inside((*pull, *paths), env, PULLING)
        for path in paths if outcome.code else ():  # one that DVC does not know keeps it from all
            self._inside((*pull, path), env, PULLING)
        missing = [path for path in paths if not (self._project / path).exists()]
        if missing and ABSENT in said:  # for DVC no error
            return f"{_names(missing)}: {_said(said, len(missing))}"
        return tail(said, 3) if missing and outcome.code else ""

    def _carry(
        self,
        env: Mapping[str, str],
        installer: Installer,
        remote: Remote,
        credentials: Mapping[str, str],
        paths: tuple[str, ...],
    ) -> str:
        """With the operator's credentials, by our own DVC and far from the commit's configuration; then put in place
        without them. Why something is missing."""
        wanted = {name: each for name, each in remote.objects.items() if any(_meet(name, path) for path in paths)}
        missing = {each for each in wanted.values() if not dvc_cache.has(self._cache, each)}
        try:
            tool = own_dvc(installer, self._home, self._specification.requirement, remote)
        except Trouble as trouble:
            return str(trouble)
        why = ""
        if missing:
            folder = self._place / f"fetch-{len(list(self._place.glob('fetch-*')))}"
            carrier = Carrier(self._room, remote, tool, folder, self._cache, self._outer)
            outcome, said = carrier.run("fetch", missing, credentials, PULLING)
            left = [name for name, each in wanted.items() if not dvc_cache.has(self._cache, each)]
            if left:
                why = f"{_names(left)}: {'it took too long' if outcome.cut else _said(said, len(left))}"
        put = (str(tool / "bin" / "python"), "-I", "-B", "-m", "dvc", "checkout", "--quiet", "--allow-missing", "--")
        for name in wanted:
            self._inside((*put, name), {**env, "VIRTUAL_ENV": str(tool)}, PULLING)
        return why


def _names(paths: Sequence[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths[:5]) + (" and others" if len(paths) > 5 else "")


def _said(output: str, number: int) -> str:
    """Why DVC did not fetch everything, as it says. `number`: of what is missing."""
    if ABSENT in output:
        return f"the remote does not have {'it' if number == 1 else 'them'}."
    return tail("\n".join(line for line in output.splitlines() if line not in NOISE), 4)


def _meet(one: str, other: str) -> bool:
    """Whether one of two paths is the other or holds it."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
