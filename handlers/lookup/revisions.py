"""Which commit a typed revision means."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from bot.commands import Problem, Problems, Word
from bot.context import Context
from bot.errors import NotFound, UserError
from experiments.names import BEST
from experiments.revisions import BASE, HEAD, Kind, Revision, commit, meant, names, prefix, refused, several, tips
from experiments.sweep import sweeps
from experiments.wording import did_you_mean, quoted
from handlers.lookup import by_name
from handlers.lookup.best import standing_for
from reports.compare.revision_names import no_base


def resolve(context: Context, words: Sequence[Word], line: str) -> tuple[Revision, ...]:
    """The commit of each word, fetched: of an experiment, a branch, a tag, of `HEAD` (the pull request's head), or one
    that begins so; where nothing is called so, of `base`, of `best` (of the newest sweep) and of repeats by their
    common name. Problems with a caret under every word that names none, or several; UserError where no experiment is
    the best."""
    refs = context.ports.git.remote_refs(context.repository, "refs/*") if words else {}
    found, problems = list[Revision](), list[Problem]()
    for word in words:
        revision = _resolve(context, word, refs)
        if isinstance(revision, Revision):
            found.append(revision)
        else:
            problems.append(revision)
    if problems:
        raise Problems(line, problems)
    return tuple(found)


def sides(context: Context, words: Sequence[Word], line: str) -> tuple[Revision, ...]:
    """As `resolve`, two at least: one alone is compared with the head, none is where the pull request left its base
    and its head. UserError where it shares no commit with its base."""
    found = list(resolve(context, words, line))
    if not found:
        found.append(_base(context))
    return (*found, head(context)) if len(found) == 1 else tuple(found)


def head(context: Context) -> Revision:
    """The pull request's head, fetched."""
    context.ports.git.fetch(context.repository, [context.pull.head])
    return Revision("head", Kind.HEAD, context.pull.head)


def base(context: Context) -> Revision | None:
    """The commit at which the pull request left its base branch, fetched; None where they share none."""
    pull, git = context.pull, context.ports.git
    git.fetch_pull(pull)
    sha = git.merge_base(context.repository, pull.base, pull.head)
    return Revision("base", Kind.BASE, sha) if sha else None


def _base(context: Context) -> Revision:
    left = base(context)
    if left is None:
        raise UserError(no_base(context.pull.base_branch))
    return left


def _resolve(context: Context, word: Word, refs: Mapping[str, str]) -> Revision | Problem:
    wrong = refused(word)
    if wrong:
        return Problem(word.start, word.end, wrong)
    if word == HEAD or (word == HEAD.lower() and not meant(word, refs)):
        return head(context)
    found: Sequence[Revision] = meant(word, refs)
    if not found and prefix(word):
        found = _commits(context, prefix(word), refs)
    if not found and word == BASE:
        found = [_base(context)]
    if not found and (word == BEST or any(word == sweep.name for sweep in sweeps(by_name.runs(context)))):
        found = meant(standing_for(context, word)[0], refs)
    if len(found) > 1:
        return Problem(word.start, word.end, f"{quoted(word)} {several(found)}")
    fetched = _fetched(context, found[0]) if found else None
    if fetched:
        return fetched
    why, sha = by_name.reused(context, word)
    if why:
        return Problem(word.start, word.end, why, sha[:7])
    hint, near = did_you_mean(word, names(refs))
    return Problem(word.start, word.end, f"No experiment, branch, tag or commit {quoted(word)}: {hint}", near)


def _commits(context: Context, begins: str, refs: Mapping[str, str]) -> tuple[Revision, ...]:
    """Commits by their first characters, most often one of the pull request: the whole repository is fetched only
    for one that is not."""
    git, repository, pull = context.ports.git, context.repository, context.pull
    for some in ((pull.head, pull.base), tips(refs)):
        with suppress(NotFound):  # a branch that was deleted in this moment
            git.fetch(repository, some)
        found = git.commits(repository, begins, some)
        if found:
            return tuple(map(commit, found))
    return ()


def _fetched(context: Context, revision: Revision) -> Revision | None:
    """With the SHA of its commit; None where it went away in this moment, or is a tag of something else."""
    git, repository = context.ports.git, context.repository
    try:
        git.fetch(repository, [revision.sha])
    except NotFound:
        return None
    found = git.commits(repository, revision.sha, [revision.sha])
    return Revision(revision.name, revision.kind, found[0], revision.ref, revision.kept) if found else None
