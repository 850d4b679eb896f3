"""Submodules for one person: looked up anew each time, only those that this person may read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from bot.errors import Forbidden, NotFound, UserError
from bot.ports.git_commits import Held
from bot.ports.git_host import Permission
from bot.ports.reading import ReadingPorts
from experiments.experiment import Experiment, Repository
from experiments.limits import SUBMODULE, SUBMODULE_FILES, SUBMODULES
from experiments.readiness import outside
from experiments.readiness.preflight import of_experiment
from experiments.readiness.prerequisites import Submodule
from experiments.readiness.submodules import Looked, absent, closed, large, unasked
from experiments.readiness.trial import Obstacle, Trial
from experiments.snapshot import Snapshot


@dataclass(frozen=True)
class FoundSubmodule:
    """A submodule that may be fetched, and where it is."""

    number: int  # index in the commit's list of submodules
    submodule: Submodule
    source: Repository
    tree: str  # SHA of its tree


@dataclass(frozen=True)
class Search:
    """What a search for the submodules of a commit found."""

    looked: Mapping[str, Looked]  # place of the submodule -> what is known
    found: tuple[FoundSubmodule, ...]

    @property
    def described(self) -> list[Mapping[str, Any]]:
        """Return the submodules for the agent's specification."""
        return [
            {"number": each.number, "path": each.submodule.place, "sha": each.submodule.sha, "tree": each.tree}
            for each in self.found
        ]


NONE = Search({}, ())


def search(
    ports: ReadingPorts, repository: Repository, login: str, submodules: Sequence[Submodule], *, waits: bool = True
) -> Search:
    """Ask the host for each submodule that may exist, and fetch its commit into a mirror of its own repository.

    The asker's own credentials are not used. The App reads with a token for that one repository, and only after the
    host said that this person may read it. Raise TryLater while others fetch into that mirror, at once without `waits`.
    """
    looked = dict(unasked(submodules, repository.url))
    found = []
    for number, each in enumerate(submodules):
        seen = looked[each.place]
        if not seen.why:
            looked[each.place], there = _look(ports, repository, login, each, seen.source, waits)
            found += [FoundSubmodule(number, each, *there)] if there else []
    return Search(looked, tuple(found))


def _look(
    ports: ReadingPorts, beside: Repository, login: str, submodule: Submodule, name: str, waits: bool
) -> tuple[Looked, tuple[Repository, str] | None]:
    source = ports.host.repository(name, beside)
    try:
        if source is None or ports.host.permission(source, login) < Permission.READ:
            return closed(name, login), None
        ports.git.fetch(source, [submodule.sha], waits=waits)
        held = ports.git.held(source, submodule.sha)
    except Forbidden:
        return closed(name, login), None
    except NotFound:
        return absent(name, login, submodule.sha), None
    except UserError:
        return large(name, login), None
    if _too_large(held):
        return large(name, login), None
    return Looked(name, login, inside=held.submodules, pointers=held.pointers), (source, held.tree)


def _too_large(held: Held) -> bool:
    return held.size > SUBMODULE or held.files > SUBMODULE_FILES


def given(
    ports: ReadingPorts, experiment: Experiment, snapshot: Snapshot, *, waits: bool = True
) -> tuple[Search, tuple[Obstacle, ...]]:
    """Return the submodules that an experiment gets now, and the obstacles that the missing ones are.

    What was true when it was asked for does not count. Raise TryLater as `search` does.
    """
    submodules = snapshot.prerequisites.submodules
    came = search(ports, experiment.repository, experiment.asked.author, submodules, waits=waits)
    trial = of_experiment(experiment, snapshot, Trial(home=experiment.repository.url, submodules=came.looked))
    return came, tuple(each for each in outside.submodules(snapshot, trial) if each.blocks)


def pack(ports: ReadingPorts, experiment: Experiment, snapshot: Snapshot, number: int) -> BinaryIO | None:
    """Return the files of a commit's submodule as a Git pack; None where the experiment's author may not read them now.

    Raise TryLater at once while others fetch into that mirror: a thread of the web process asks, and must not wait.
    """
    wanted = snapshot.prerequisites.submodules[:SUBMODULES][number : number + 1]
    came = search(ports, experiment.repository, experiment.asked.author, wanted, waits=False)
    if not came.found:
        return None
    (found,) = came.found
    return ports.git.pack(found.source, found.tree)
