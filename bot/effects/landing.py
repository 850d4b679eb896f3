"""A commit onto a branch: by git, or made again by the host where the branch takes only signed ones."""

from bot.errors import Rejected
from bot.ports import Ports
from experiments.experiment import Repository

SCRATCH = "refs/studio/scratch/"  # GitHub signs a commit only of a tree it has; gone again when it did


def land(ports: Ports, repository: Repository, branch: str, sha: str, expected: str, message: str) -> str:
    """Fast-forward a branch from `expected` to a commit of the mirror, its child; the SHA it landed as, another one
    where the host made the commit again to sign it. Rejected with the reason. Done again it changes nothing."""
    ref = f"refs/heads/{branch}"
    try:
        ports.git.push(repository, sha, ref, expected)
    except Rejected:
        tip = ports.git.remote_refs(repository, ref).get(ref, "")
        if tip != expected:
            landed = _landed(ports, repository, tip, sha, expected)
            if landed:
                return landed
            raise
        if not ports.host.rules(repository, branch).signatures:
            raise
        return _signed(ports, repository, branch, sha, expected, message)
    return sha


def _landed(ports: Ports, repository: Repository, tip: str, sha: str, expected: str) -> str:
    """What a job that was killed before it could note it had landed already; empty where nothing was."""
    if not tip:
        return ""
    ports.git.fetch(repository, [tip])
    if ports.git.is_ancestor(repository, sha, tip):
        return sha  # and somebody has gone on from there
    same = ports.git.tree(repository, tip) == ports.git.tree(repository, sha)
    return tip if same and ports.git.is_ancestor(repository, expected, tip) else ""


def _signed(ports: Ports, repository: Repository, branch: str, sha: str, parent: str, message: str) -> str:
    scratch = f"{SCRATCH}{sha}"
    ports.git.push(repository, sha, scratch)
    try:
        made = ports.host.sign(repository, ports.git.tree(repository, sha), parent, message)
        ports.host.move_branch(repository, branch, made)
    finally:
        ports.git.remove(repository, {scratch: sha})
    ports.git.fetch(repository, [made])
    return made
