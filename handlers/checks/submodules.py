"""Submodules for one person: looked for, each time anew, with this person's own right to read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from bot.errors import Forbidden, NotFound, UserError
from bot.ports.git_commits import Held
from bot.ports.git_host import Permission
from bot.ports.reading import Reading
from experiments.experiment import Experiment, Repository
from experiments.limits import SUBMODULE, SUBMODULE_FILES, SUBMODULES
from experiments.readiness import outside
from experiments.readiness.preflight import of_experiment
from experiments.readiness.prerequisites import Submodule
from experiments.readiness.submodules import Looked, absent, closed, large, unasked
from experiments.readiness.trial import Obstacle, Trial
from experiments.snapshot import Snapshot


@dataclass(frozen=True)
class Found:
    """One that may be fetched, and where it is."""

    number: int  # in the commit's list
    submodule: Submodule
    source: Repository
    tree: str  # SHA


@dataclass(frozen=True)
class Search:
    """What came of looking for all of a commit's."""

    looked: Mapping[str, Looked]  # by place
    found: tuple[Found, ...]

    @property
    def told(self) -> list[Mapping[str, Any]]:
        """For the agent."""
        return [
            {"number": each.number, "path": each.submodule.place, "sha": each.submodule.sha, "tree": each.tree}
            for each in self.found
        ]


NONE = Search({}, ())


def search(
    ports: Reading, repository: Repository, login: str, submodules: Sequence[Submodule], *, waits: bool = True
) -> Search:
    """Ask the host for each that may be there, and bring its commit into a mirror of its own repository.

    Nothing is asked with the asker's own credentials: the App reads with a token for that one repository, and only
    after the host said that this person may. TryLater while others bring something there, at once without `waits`.
    """
    looked = dict(unasked(submodules, repository.url))
    found = []
    for number, each in enumerate(submodules):
        seen = looked[each.place]
        if not seen.why:
            looked[each.place], there = _look(ports, repository, login, each, seen.source, waits)
            found += [Found(number, each, *there)] if there else []
    return Search(looked, tuple(found))


def _look(
    ports: Reading, beside: Repository, login: str, submodule: Submodule, name: str, waits: bool
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
    ports: Reading, experiment: Experiment, snapshot: Snapshot, *, waits: bool = True
) -> tuple[Search, tuple[Obstacle, ...]]:
    """Those that an experiment gets now, whatever was true when it was asked for, and why it can't be trained without
    the others. As `search`."""
    submodules = snapshot.prerequisites.submodules
    came = search(ports, experiment.repository, experiment.author, submodules, waits=waits)
    trial = of_experiment(experiment, snapshot, Trial(home=experiment.repository.url, submodules=came.looked))
    return came, tuple(each for each in outside.submodules(snapshot, trial) if each.blocks)


def pack(ports: Reading, experiment: Experiment, snapshot: Snapshot, number: int) -> BinaryIO | None:
    """The files of one of a commit's submodules, as a Git pack; None where who asked for the experiment may not have
    them now. TryLater at once while others bring something there: a thread of the web process asks."""
    wanted = snapshot.prerequisites.submodules[:SUBMODULES][number : number + 1]
    came = search(ports, experiment.repository, experiment.author, wanted, waits=False)
    if not came.found:
        return None
    (found,) = came.found
    return ports.git.pack(found.source, found.tree)
