"""Links into the pages of the Git host, in its words."""

from experiments.experiment import PullRef, Repository
from reports.text.markdown import code, link


def commit(repository: Repository, sha: str) -> str:
    """A commit by the first characters of its hash."""
    return link(code(sha[:7]), repository.commit_page(sha))


def pull(repository: Repository, number: int) -> str:
    """A pull request by its number."""
    return link(f"{repository.host.request} {number}", PullRef(repository, number).page())
