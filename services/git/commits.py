"""Inspects commits of a mirror without trusting them, and makes commits without a work tree."""

import tempfile
from collections.abc import Mapping, Sequence

from bot.errors import UserError
from bot.ports.git import Bundle
from services.git.command import GitFailed, GitTimedOut, git
from services.git.commit_object import COMMIT_LIMIT, commit_object
from services.git.mirror import Mirror, hexadecimal
from services.git.tree_changes import MEMORY, NOTHING, changes, refusal
from services.git.trees import REGULAR

PATHS_LIMIT = 20_000  # paths that one commit may change


def look(mirror: Mirror, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
    """Inspect a pushed commit as `bundles.verify` inspects a bundle's.

    Raises UserError where it is not one commit on `baseline`, or changes too much.
    """
    sha = mirror.commit(sha)
    made = commit_object(mirror.folder, sha)
    if made.parents != (hexadecimal(baseline),):
        found = "a merge" if len(made.parents) > 1 else "not made on it"
        raise UserError(
            f"An experiment is one commit on the baseline that its ref names, `{baseline[:7]}`, and `{sha[:7]}` is "
            f"{found}. `dvc exp push` makes such refs; this one was made by other means, and is left alone."
        )
    changed = changes(mirror.folder, baseline, sha)
    if made.size > COMMIT_LIMIT or len(changed) > PATHS_LIMIT:
        raise UserError(
            f"Commit `{sha[:7]}` changes {len(changed):,} files and has {made.size:,} bytes of message: more than is "
            "looked at here."
        )
    refused = ((change.path, refusal(change, allowed)) for change in changed)
    return Bundle(
        sha=sha,
        message=made.message,
        changed=tuple(change.path for change in changed),
        refused=tuple(f"{path} ({reason})" for path, reason in refused if reason),
        created=frozenset(change.path for change in changed if change.before == NOTHING),
    )


def changed(mirror: Mirror, before: str, after: str) -> tuple[str, ...]:
    """Return the paths that differ between two commits of the mirror. Raises UserError where they are too many."""
    try:
        return tuple(change.path for change in changes(mirror.folder, before, after))
    except (GitFailed, GitTimedOut):
        raise UserError(
            f"Between `{before[:7]}` and `{after[:7]}` more files differ than can be listed here."
        ) from None


def make(
    mirror: Mirror,
    parent: str,
    message: str,
    author: tuple[str, str],
    when: float,
    texts: Mapping[str, str],
    source: str = "",
    paths: Sequence[str] = (),
) -> str:
    """Make a commit on `parent` and return its SHA; the mirror keeps it.

    Its tree is the parent's, with `texts` (path -> content) as files and `paths` as they are at `source`. The same
    arguments make the same commit. `author` is name and address. `when` is in seconds since the epoch.
    """
    parent = mirror.commit(parent)
    nothing = "0" * 40
    with tempfile.TemporaryDirectory(prefix="index-") as place:
        variables = {"GIT_INDEX_FILE": f"{place}/index"}
        git(mirror.folder, "read-tree", parent, variables=variables, feed=b"", memory=MEMORY)
        lines = []
        for path in paths:
            found = git(mirror.folder, "ls-tree", "-z", "--full-tree", mirror.commit(source), "--", path)
            facts = found.partition(b"\t")[0].decode().split()  # mode, kind, blob; none where `source` has no such file
            lines.append((facts[0], facts[2], path) if facts else ("0", nothing, path))
        lines += [_written(mirror, path, text, variables) for path, text in texts.items()]
        tree = _tree(mirror, lines, variables)
    return _commit(mirror, tree, parent, message, author, when)


def recommit(
    mirror: Mirror, sha: str, message: str, author: tuple[str, str], when: float, texts: Mapping[str, str] | None = None
) -> str:
    """Make a commit with the tree and the only parent of `sha`, and return its SHA; the mirror keeps it.

    `texts` (path -> content) replaces files of the tree. Author, dates, message and whatever else is in `sha` are not
    taken over. The same arguments make the same commit.
    """
    tree, parent = mirror.tree(sha), mirror.parent(sha)
    if texts:
        with tempfile.TemporaryDirectory(prefix="index-") as place:
            variables = {"GIT_INDEX_FILE": f"{place}/index"}
            git(mirror.folder, "read-tree", tree, variables=variables, feed=b"", memory=MEMORY)
            lines = [_written(mirror, path, text, variables) for path, text in texts.items()]
            tree = _tree(mirror, lines, variables)
    return _commit(mirror, tree, parent, message, author, when)


def _written(mirror: Mirror, path: str, text: str, variables: Mapping[str, str]) -> tuple[str, str, str]:
    """Return mode, blob and path of a text. The mode is that of the path in the index."""
    blob = git(mirror.folder, "hash-object", "-w", "--stdin", feed=text.encode()).decode().strip()
    mode = git(mirror.folder, "ls-files", "-z", "--stage", "--", path, variables=variables)[:6].decode()
    return mode or REGULAR, blob, path


def _tree(mirror: Mirror, lines: Sequence[tuple[str, str, str]], variables: Mapping[str, str]) -> str:
    """Add these lines (mode, blob, path) to the index and return its tree."""
    listing = b"".join(f"{mode} {blob}\t{path}\0".encode() for mode, blob, path in lines)
    git(mirror.folder, "update-index", "-z", "--index-info", feed=listing, variables=variables)
    return git(mirror.folder, "write-tree", variables=variables).decode().strip()


def _commit(mirror: Mirror, tree: str, parent: str, message: str, author: tuple[str, str], when: float) -> str:
    name, mail = author
    who = {"NAME": name, "EMAIL": mail, "DATE": f"@{int(when)} +0000"}
    identity = {f"GIT_{role}_{part}": word for role in ("AUTHOR", "COMMITTER") for part, word in who.items()}
    made = git(mirror.folder, "commit-tree", tree, "-p", parent, feed=message.encode(), variables=identity)
    sha = made.decode().strip()
    mirror.take(sha, tree, parent)
    return sha
