"""Links to pages of the Git host."""

from experiments.experiment import PullRef, Repository
from reports.text.markdown import code, link


def commit(repository: Repository, sha: str) -> str:
    """Return a link to a commit, with the first characters of its hash."""
    return link(code(sha[:7]), repository.commit_page(sha))


def pull(repository: Repository, number: int) -> str:
    """Return a link to a pull request, with its number."""
    return link(f"{repository.host.request} {number}", PullRef(repository, number).page())
