"""Which DVC remotes a runner certainly can't read."""

import posixpath
from collections.abc import Sequence
from pathlib import PurePosixPath

from experiments.fleet.folders import folders_of
from experiments.fleet.runners import Shared, Slurm
from experiments.placement import EngineKind
from experiments.wording import quoted


def unreadable(
    address: str, project: str, repository: str, runner: Shared | None, folders: Sequence[str] | None
) -> str:
    """Return why the remote can't be read there, as the end of a sentence that begins with its address. Empty where it
    may be readable.

    `address`: as `.dvc/config` of `project` has it. `folders`: folders of the bot's own machine that training of the
    repository may read; None: all of them.
    """
    if not address or "://" in address:
        return ""
    if not address.startswith("/"):
        place = posixpath.normpath(posixpath.join(project, ".dvc", address))
        return "is a folder beside the repository, which no other machine has" if place.startswith("../") else ""
    kind = getattr(runner, "type", None)
    if kind in (EngineKind.AWS, EngineKind.KUBERNETES):
        return "is a folder, which a machine that is launched for the run does not have"
    if kind is EngineKind.LOCAL:
        return _among(address, folders, f"{quoted(f'{repository}={address}', 200)} to `LOCAL_REMOTES`")
    if isinstance(runner, Slurm) and runner.isolation != "none":
        line = quoted(f"{repository}: {address}", 200)
        return _among(address, folders_of(repository, runner.owned), f"{line} to `remotes:` of that runner")
    return ""


def _among(address: str, folders: Sequence[str] | None, setting: str) -> str:
    place = PurePosixPath(posixpath.normpath(address))
    if folders is None or any(place.is_relative_to(each) for each in folders):
        return ""
    return f"is a folder that training of this repository may not read there: the bot's operator can add {setting}"
