"""Takes a limited amount of what strangers have fetched: forks' pull requests, which anybody can open, and commits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.errors import NotFound, TryLater, UserError
from services.git.mirror import KEPT, PATIENCE, PAUSE, Mirror, hexadecimal, is_ready
from services.git.remote import FetchTooMuch, GitRemote
from services.git.stores import LARGEST, SECONDS, Fetch, Stores

TRIES = 3
BRANCHES = "branches"  # the store that has the commits of all branches and tags, and none of their files
HEADS, TAGS = ("refs/heads/",), ("refs/tags/",)
GUESTS = "guests"  # the store through which go commits that guests name
_T = TypeVar("_T")


@contextmanager
def holding(mirror: Mirror, number: int, sha: str, fetch: Fetch) -> Iterator[Mirror]:
    """Give a pull request's store with its head; `fetch` brings the head where the store lacks it.

    Raises UserError where the head brings too much, TryLater where the store is busy, and whatever `fetch` raises.
    """
    stores, name = Stores(mirror), f"{number:d}"

    def bring(store: Path, seconds: float, most: int) -> None:
        fetch(store, seconds, most)
        Mirror(store).keep([sha])

    for _ in range(TRIES):
        with stores.held(name, PATIENCE) as folder:
            if folder and is_ready(folder) and not Mirror(folder).missing([sha]):
                yield Mirror(folder)
                return
        try:
            stores.bring(name, hexadecimal(sha), PATIENCE, bring)
        except FetchTooMuch:
            raise _refused(sha, "taken from a fork") from None
    raise TryLater(f"the store of pull request {name} of {mirror.folder.name} is taken away again and again", PAUSE)


def take_over(mirror: Mirror, sha: str, fetch: Fetch) -> None:
    """Bring a commit or tag into the mirror by way of a store: only what is whole and within bounds gets there.

    `fetch` brings it into the store, and the mirror is locked for the copy alone. Raises UserError where it is too
    much, TryLater where others are in the way, and whatever `fetch` raises.
    """
    stores = Stores(mirror)

    def bring(store: Path, seconds: float, most: int) -> None:
        fetch(store, seconds, most)
        Mirror(store).keep([sha])

    try:
        stores.bring(GUESTS, hexadecimal(sha), PATIENCE, bring)
    except FetchTooMuch:
        raise _refused(sha, "fetched for people who cannot write here") from None
    with stores.held(GUESTS, PATIENCE) as folder, mirror.locked(PATIENCE):
        try:
            GitRemote(stores.page(GUESTS)).fetch(mirror.folder, [f"{KEPT}{sha}"])
        except NotFound:
            raise TryLater(f"{folder or 'the store'} was begun anew", PAUSE) from None
        mirror.keep([sha])


def on_branch(mirror: Mirror, sha: str, remote: GitRemote) -> bool | None:
    """Return whether a branch of the remote has a commit; None where the branches are too much to look through.

    Raises TryLater where the store is busy.
    """
    return _among(mirror, remote, HEADS, lambda branches: branches.on_branch(sha))


def beginning(mirror: Mirror, begins: str, remote: GitRemote) -> list[str] | None:
    """Return the commits of the remote's branches and tags whose SHA begins so; None where these are too much to look
    through. Raises TryLater where the store is busy."""
    return _among(mirror, remote, HEADS + TAGS, lambda branches: branches.beginning(begins))


def _among(mirror: Mirror, remote: GitRemote, spaces: tuple[str, ...], ask: Callable[[Mirror], _T | None]) -> _T | None:
    """Return what `ask` says of the store with the commits of all refs in these spaces, brought up to date."""
    stores = Stores(mirror)
    try:
        wanted = BRANCHES if spaces == HEADS else f"{BRANCHES}-and-tags"  # too many tags leave branches alone
        stores.bring(BRANCHES, wanted, PATIENCE, partial(remote.fetch_commits, spaces=spaces))
    except FetchTooMuch:
        return None
    with stores.held(BRANCHES, PATIENCE) as folder:
        if folder is None:
            raise TryLater(f"the branches of {mirror.folder.name} were taken away", PAUSE)
        return ask(Mirror(folder))


def _refused(sha: str, taken: str) -> UserError:
    return UserError(
        f"`{sha[:7]}` is not looked at: it brings more than is {taken}, which is {LARGEST / 1e6:,.0f} MB "
        f"within {SECONDS:g} seconds. Large files belong into DVC or Git LFS."
    )
