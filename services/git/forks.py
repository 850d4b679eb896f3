"""Takes a limited amount of what forks' pull requests bring: anybody can open one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import TryLater, UserError
from services.git.mirror import PATIENCE, PAUSE, Mirror, hexadecimal, is_ready
from services.git.remote import FetchTooMuch
from services.git.stores import LARGEST, SECONDS, Fetch, Stores

TRIES = 3
BRANCHES = "branches"  # the store that has all branches' commits, and none of their files


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
            raise _refused(sha) from None
    raise TryLater(f"the store of pull request {name} of {mirror.folder.name} is taken away again and again", PAUSE)


def on_branch(mirror: Mirror, sha: str, fetch: Fetch) -> bool | None:
    """Return whether a branch of the remote has a commit; None where the branches are too much to look through.

    `fetch` brings the branches' commits. Raises TryLater where the store is busy.
    """
    stores = Stores(mirror)
    try:
        stores.bring(BRANCHES, BRANCHES, PATIENCE, fetch)
    except FetchTooMuch:
        return None
    with stores.held(BRANCHES, PATIENCE) as folder:
        if folder is None:
            raise TryLater(f"the branches of {mirror.folder.name} were taken away", PAUSE)
        return Mirror(folder).on_branch(sha)


def _refused(sha: str) -> UserError:
    return UserError(
        f"`{sha[:7]}` is not looked at: it brings more than is taken from a fork, which is {LARGEST / 1e6:,.0f} MB "
        f"within {SECONDS:g} seconds. Large files belong into DVC or Git LFS."
    )
