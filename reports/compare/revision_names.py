"""What all answers about commits share: what a revision is called, and how much of it an answer holds."""

from experiments.experiment import Repository
from experiments.hosts import Host
from experiments.revisions import Kind, Revision
from reports.text import links
from reports.text.markdown import code

_LONGEST = 30_000  # characters of one answer: a comment may hold several


def longest(repository: Repository) -> int:
    """Characters that one answer may have, so that a comment holds two."""
    return min(_LONGEST, repository.host.comment_limit // 2)


def called(revision: Revision, repository: Repository) -> str:
    """`puffy-daks` (experiment `1a2b3c4`), with a link to its commit."""
    commit = links.commit(repository, revision.sha)
    if revision.kind is Kind.COMMIT:
        return commit
    if revision.kind in (Kind.HEAD, Kind.BASE):
        return f"the {revision.kind} {commit}"
    return f"{code(revision.name, 60)} ({revision.kind} {commit})"


def columns(before: Revision, after: Revision) -> tuple[str, str]:
    """Headers of two columns; the hashes where both have one name."""
    names = before.name[:40], after.name[:40]
    return (before.sha[:7], after.sha[:7]) if names[0] == names[1] else names


def no_base(host: Host, branch: str) -> str:
    """Nothing to compare with by itself."""
    return f"This {host.request} shares no commit with its base, so name what is to be compared: `/diff {branch} HEAD`."
