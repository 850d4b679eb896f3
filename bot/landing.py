"""A commit onto a branch: by git, or made again by GitHub where the branch takes only signed ones."""

from bot.errors import Rejected
from bot.ports import Ports
from experiments.experiment import Repository

SCRATCH = "refs/studio/scratch/"  # GitHub signs a commit only of a tree it has; gone again when it did


def land(ports: Ports, repository: Repository, branch: str, sha: str, expected: str, message: str) -> str:
    """Fast-forward a branch from `expected` to a commit of the mirror, its child; the SHA that it is at then, another
    one where GitHub made the commit again to sign it. Rejected with the reason. Done again it changes nothing."""
    ref = f"refs/heads/{branch}"
    try:
        ports.git.push(repository, sha, ref, expected)
    except Rejected:
        at_expected = ports.git.remote_refs(repository, ref).get(ref) == expected
        if not at_expected or not ports.github.rules(repository, branch).signatures:
            raise
        return _signed(ports, repository, branch, sha, expected, message)
    return sha


def _signed(ports: Ports, repository: Repository, branch: str, sha: str, parent: str, message: str) -> str:
    scratch = f"{SCRATCH}{sha}"
    ports.git.push(repository, sha, scratch)
    try:
        made = ports.github.sign(repository, ports.git.tree(repository, sha), parent, message)
        ports.github.move_branch(repository, branch, made)
    finally:
        ports.git.remove(repository, scratch, sha)
    ports.git.fetch(repository, [made])
    return made
