"""Revisions: which commit a typed word means."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from bot.commands import Problem, Problems, Word
from bot.errors import NotFound, UserError
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.names import BEST
from experiments.revisions import (
    BASE,
    HEAD,
    Revision,
    RevisionKind,
    commit,
    meant,
    names,
    prefix,
    refused,
    several,
    tips,
)
from experiments.sweep import sweeps
from experiments.wording import did_you_mean, quoted
from handlers.lookup import by_name
from handlers.lookup.best import standing_for
from reports.compare.revision_names import no_base

TOO_MANY = (
    "this repository has too many commits to look for one that begins so. Name a branch, a tag or an experiment; "
    "somebody with write access can name the commit."
)


def resolve(workspace: Workspace, words: Sequence[Word], line: str) -> tuple[Revision, ...]:
    """Return the commit of each word, fetched.

    A word may name an experiment, a branch, a tag, `HEAD` (the pull request's head), or the first characters of a
    commit. Where nothing has that name, `base`, `best` (of the newest sweep) and the common name of repeats count, too.

    Raise Problems with a caret under every word that names none or several. Raise UserError where nothing is best.
    """
    refs = workspace.ports.git.remote_refs(workspace.repository, "refs/*") if words else {}
    found, problems = list[Revision](), list[Problem]()
    for word in words:
        revision = _resolve(workspace, word, refs)
        if isinstance(revision, Revision):
            found.append(revision)
        else:
            problems.append(revision)
    if problems:
        raise Problems(line, problems)
    return tuple(found)


def sides(workspace: Workspace, words: Sequence[Word], line: str) -> tuple[Revision, ...]:
    """Return revisions as `resolve` does, but at least two.

    One alone is completed with the head. None becomes the merge base and the head. Raise UserError where the pull
    request shares no commit with its base.
    """
    found = list(resolve(workspace, words, line))
    if not found:
        found.append(_base(workspace))
    return (*found, head(workspace)) if len(found) == 1 else tuple(found)


def head(workspace: Workspace) -> Revision:
    """Return the pull request's head, fetched."""
    workspace.ports.git.fetch(workspace.repository, [workspace.pull.head])
    return Revision("head", RevisionKind.HEAD, workspace.pull.head)


def base(workspace: Workspace) -> Revision | None:
    """Return the merge base of the pull request, fetched; None where head and base share no commit."""
    pull, git = workspace.pull, workspace.ports.git
    git.fetch_pull(pull)
    sha = git.merge_base(workspace.repository, pull.base, pull.head)
    return Revision("base", RevisionKind.BASE, sha) if sha else None


def _base(workspace: Workspace) -> Revision:
    left = base(workspace)
    if left is None:
        raise UserError(no_base(workspace.repository.host, workspace.pull.base_branch))
    return left


def _resolve(workspace: Workspace, word: Word, refs: Mapping[str, str]) -> Revision | Problem:
    wrong = refused(word)
    if wrong:
        return Problem(word.start, word.end, wrong)
    if word == HEAD or (word == HEAD.lower() and not meant(word, refs)):
        return head(workspace)
    found: Sequence[Revision] = meant(word, refs)
    looked_at: Sequence[Revision] | None = ()
    if not found and prefix(word):
        looked_at = _commits(workspace, prefix(word), refs)
        found = looked_at or ()
    if not found and word == BASE:
        found = [_base(workspace)]
    if not found and (word == BEST or any(word == sweep.name for sweep in sweeps(by_name.runs(workspace)))):
        found = meant(standing_for(workspace, word)[0], refs)
    if len(found) > 1:
        return Problem(word.start, word.end, f"{quoted(word)} {several(found)}")
    fetched = _fetched(workspace, found[0]) if found else None
    if fetched:
        return fetched
    why, sha = by_name.reused(workspace, word)
    if why:
        return Problem(word.start, word.end, why, sha[:7])
    if looked_at is None:
        return Problem(word.start, word.end, f"No experiment, branch or tag {quoted(word)}, and {TOO_MANY}")
    hint, near = did_you_mean(word, names(refs))
    return Problem(word.start, word.end, f"No experiment, branch, tag or commit {quoted(word)}: {hint}", near)


def _commits(workspace: Workspace, begins: str, refs: Mapping[str, str]) -> tuple[Revision, ...] | None:
    """Return the commits that begin with these characters. None where there are too many to look at.

    Look in the pull request first, then at what refs name, and only then at all that branches and tags reach.
    """
    git, repository, pull = workspace.ports.git, workspace.repository, workspace.pull
    with suppress(NotFound):  # a branch was deleted at this moment; below, too
        git.fetch(repository, (pull.head, pull.base))
    found: Sequence[str] | None = git.commits(repository, begins, (pull.head, pull.base))
    found = found or [sha for sha in tips(refs) if sha.startswith(begins)] or git.beginning(repository, begins)
    if found is None and workspace.permission >= Permission.WRITE:  # whatever it takes
        with suppress(NotFound):
            git.fetch(repository, tips(refs))
        found = git.commits(repository, begins, tips(refs))
    return None if found is None else tuple(map(commit, found))


def _fetched(workspace: Workspace, revision: Revision) -> Revision | None:
    """Return the revision with its commit's SHA, fetched; None where it is gone or names no commit."""
    git, repository = workspace.ports.git, workspace.repository
    try:
        if workspace.permission >= Permission.WRITE:
            git.fetch(repository, [revision.sha])
        else:
            git.fetch_bounded(repository, revision.sha)
    except NotFound:
        return None
    found = git.commits(repository, revision.sha, [revision.sha])
    return Revision(revision.name, revision.kind, found[0], revision.ref, revision.kept) if found else None
