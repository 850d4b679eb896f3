"""Heads of forks in a mirror: within bounds as they come, and gone with their pull request."""

from time import time_ns

from bot.errors import UserError
from services.git_command import git
from services.mirrors import KEPT, Mirror, hexadecimal
from services.remotes import Remote, TooMuch

FORKS = "refs/studio/forks/"  # NUMBER/WHEN-SHA: one ref for each head of a fork's pull request that was brought here
HEADS = 5  # of one pull request that are kept
LARGEST = 300_000_000  # bytes of the pack that one head brings
SECONDS = 60.0  # that it may take
AGE = "1.hour.ago"  # what is younger and has no ref may be what somebody is just bringing in
TIDYING = 240.0  # seconds


def fetch(mirror: Mirror, remote: Remote, number: int, sha: str) -> None:
    """Bring the head of a fork's pull request; of its older heads all but a few are forgotten. For whoever holds the
    mirror's lock. UserError where it is too much, else what `Remote.fetch` raises."""
    try:
        found = remote.fetch(mirror.folder, [hexadecimal(sha)], SECONDS, LARGEST)
    except TooMuch:
        for left in (mirror.folder / "objects" / "pack").glob("tmp_*"):
            left.unlink(missing_ok=True)
        raise UserError(
            f"`{sha[:7]}` is not looked at: it brings more than is taken from a fork, which is {LARGEST / 1e6:,.0f} MB "
            f"within {SECONDS:g} seconds. Large files belong into DVC or Git LFS."
        ) from None
    mirror.keep(found)
    git(mirror.folder, "update-ref", f"{FORKS}{number:d}/{time_ns():020d}-{sha}", sha)
    forget(mirror, number, HEADS)


def forget(mirror: Mirror, number: int, most: int = 0) -> bool:
    """Forget all heads of a fork's pull request but the newest `most`; whether there was one to forget. What the pull
    request of another fork has, too, is kept."""
    refs = _refs(mirror)
    mine = sorted(ref for ref in refs if ref.startswith(f"{FORKS}{number:d}/"))
    gone = set(mine[: max(0, len(mine) - most)])
    needed = {sha for ref, sha in refs.items() if ref not in gone}
    asked = {f"delete {ref}\n" for ref in gone}
    asked |= {f"delete {KEPT}{refs[ref]}\n" for ref in gone if refs[ref] not in needed}
    if asked:
        git(mirror.folder, "update-ref", "--stdin", feed="".join(sorted(asked)).encode())
    return bool(gone)


def tidy(mirror: Mirror) -> None:
    """Remove from the disk what no ref reaches any more. GitTimedOut where there is too much of it."""
    git(mirror.folder, "repack", "-A", "-d", "-q", f"--unpack-unreachable={AGE}", timeout=TIDYING)
    git(mirror.folder, "prune", f"--expire={AGE}", timeout=TIDYING)


def _refs(mirror: Mirror) -> dict[str, str]:
    told = git(mirror.folder, "for-each-ref", "--format=%(refname) %(objectname)", FORKS).decode().splitlines()
    return {ref: sha for ref, _, sha in (line.partition(" ") for line in told)}
