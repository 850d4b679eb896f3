"""Land a commit on a branch: by git, or as the host's own signed commit where the branch requires signatures."""

from bot.errors import Rejected
from bot.ports import Ports
from experiments.experiment import Repository

SCRATCH = "refs/studio/scratch/"  # holds a tree that GitHub needs to sign a commit; deleted afterwards


def land(ports: Ports, repository: Repository, branch: str, sha: str, expected: str, message: str) -> str:
    """Fast-forward a branch from `expected` to a commit of the mirror, its child. Return the SHA it landed as.

    That is another SHA where the host made the commit again to sign it. Raise Rejected with the reason. Doing it again
    changes nothing.
    """
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
    """Return the SHA that an earlier job landed before it was killed; empty where none did."""
    if not tip:
        return ""
    ports.git.fetch(repository, [tip])
    if ports.git.is_ancestor(repository, sha, tip):
        return sha  # possibly with newer commits on top
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
