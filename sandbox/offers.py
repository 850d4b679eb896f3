"""Finds branches from which a pull request could be opened."""

from dataclasses import dataclass

from sandbox import gitfolder, history
from sandbox.records import HostedRepository
from sandbox.state import State

HEADS = "refs/heads/"


@dataclass(frozen=True)
class BranchOffer:
    """A branch from which a pull request could be opened."""

    head: str  # `branch`, or `owner:branch` of a fork, as `open_pull` takes it
    title: str  # first line of its newest commit


def offers(seen: State, found: HostedRepository) -> list[BranchOffer]:
    """Return branches of a repository and its forks that could get a pull request.

    They are at another commit than the default branch, and have no open pull request.
    """
    refs = gitfolder.refs(found)
    base = refs.get(f"{HEADS}{found.default_branch}", "")
    taken = {(pull.head_repository, pull.head_ref) for pull in seen.pulls_of(found) if pull.state == "open"}
    forks = [other for other in seen.repositories.values() if other.parent == found.id]
    made = []
    for source in (found, *forks):
        for ref, sha in (refs if source is found else gitfolder.refs(source)).items():
            branch = ref.removeprefix(HEADS)
            if not base or ref == branch or sha == base or (source.id, branch) in taken:
                continue
            (newest,) = history.commits(source.folder, sha, limit=1)
            made.append(BranchOffer(branch if source is found else f"{source.owner}:{branch}", newest.subject))
    return made
