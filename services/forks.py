"""The head of a fork's pull request on its way into a mirror: anybody can open one, so it is bounded."""

from pathlib import Path
from time import time

from bot.errors import UserError
from services.mirrors import Mirror, hexadecimal
from services.remotes import Remote, TooMuch

LARGEST = 300_000_000  # bytes of the pack that one head brings
SECONDS = 60.0  # that it may take
REMEMBERED = 3600  # seconds in which what was too much is not asked for again


def fetch(mirror: Mirror, remote: Remote, sha: str) -> None:
    """Bring it, for whoever holds the lock of the mirror. UserError where it is too much; as `Remote.fetch` else."""
    try:
        mirror.keep(remote.fetch(mirror.folder, [hexadecimal(sha)], SECONDS, LARGEST))
    except TooMuch:
        for left in (mirror.folder / "objects" / "pack").glob("tmp_*"):
            left.unlink(missing_ok=True)
        mark = _mark(mirror, sha)
        mark.parent.mkdir(exist_ok=True)
        mark.touch()
        raise _refused(sha) from None


def look(mirror: Mirror, sha: str) -> None:
    """UserError where it was too much a short time ago."""
    mark = _mark(mirror, sha)
    if mark.exists() and time() - mark.stat().st_mtime < REMEMBERED:
        raise _refused(sha)


def _mark(mirror: Mirror, sha: str) -> Path:
    return mirror.folder / "studio-refused" / hexadecimal(sha)


def _refused(sha: str) -> UserError:
    return UserError(
        f"`{sha[:7]}` is not looked at: it brings more than is taken from a fork, which is {LARGEST / 1e6:,.0f} MB "
        f"within {SECONDS:g} seconds. Large files belong into DVC or Git LFS."
    )
