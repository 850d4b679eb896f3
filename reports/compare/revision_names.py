"""What answers about commits share: the name of a revision, and the length of an answer."""

from experiments.experiment import Repository
from experiments.hosts import Host
from experiments.revisions import Revision, RevisionKind
from reports.text import links
from reports.text.markdown import code

_LONGEST = 30_000  # characters of one answer: a comment may hold several


def longest(repository: Repository) -> int:
    """Return the most characters of one answer, so that a comment has room for two."""
    return min(_LONGEST, repository.host.comment_limit // 2)


def called(revision: Revision, repository: Repository) -> str:
    """Return what a revision is called, with a link to its commit: `puffy-daks` (experiment `1a2b3c4`)."""
    commit = links.commit(repository, revision.sha)
    if revision.kind is RevisionKind.COMMIT:
        return commit
    if revision.kind in (RevisionKind.HEAD, RevisionKind.BASE):
        return f"the {revision.kind} {commit}"
    return f"{code(revision.name, 60)} ({revision.kind} {commit})"


def columns(before: Revision, after: Revision) -> tuple[str, str]:
    """Return the headers of two columns: the names, or the hashes where both have the same name."""
    names = before.name[:40], after.name[:40]
    return (before.sha[:7], after.sha[:7]) if names[0] == names[1] else names


def no_base(host: Host, branch: str) -> str:
    """Return the refusal where head and base share no commit, so that nothing can be compared by default."""
    return f"This {host.request} shares no commit with its base, so name what is to be compared: `/diff {branch} HEAD`."
