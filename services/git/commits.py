"""Commits that are in a mirror: looked into without trusting them, and made without a work tree."""

import tempfile
from collections.abc import Mapping, Sequence

from bot.errors import UserError
from bot.ports.git import Bundle
from services.git.command import GitFailed, GitTimedOut, git
from services.git.mirror import Mirror, hexadecimal
from services.git.tree_changes import MEMORY, NOTHING, changes, refusal
from services.git.trees import REGULAR

COMMIT_LIMIT = 100_000  # bytes, nearly all of them its message
PATHS_LIMIT = 20_000  # that one commit may change


def look(mirror: Mirror, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
    """A commit somebody pushed, looked into as a returned bundle is. UserError where it is not one commit on
    `baseline`."""
    sha = mirror.commit(sha)
    parents = git(mirror.folder, "rev-list", "--parents", "--max-count=1", sha).decode().split()[1:]
    if parents != [hexadecimal(baseline)]:
        found = "a merge" if len(parents) > 1 else "not made on it"
        raise UserError(
            f"An experiment is one commit on the baseline that its ref names, `{baseline[:7]}`, and `{sha[:7]}` is "
            f"{found}. `dvc exp push` makes such refs; this one was made by other means, and is left alone."
        )
    size = int(git(mirror.folder, "cat-file", "-s", sha))
    changed = changes(mirror.folder, baseline, sha)
    if size > COMMIT_LIMIT or len(changed) > PATHS_LIMIT:
        raise UserError(
            f"Commit `{sha[:7]}` changes {len(changed):,} files and has {size:,} bytes of message: more than is "
            "looked at here."
        )
    message = git(mirror.folder, "cat-file", "commit", sha).partition(b"\n\n")[2].decode(errors="replace").strip()
    refused = ((change.path, refusal(change, allowed)) for change in changed)
    return Bundle(
        sha=sha,
        message=message,
        changed=tuple(change.path for change in changed),
        refused=tuple(f"{path} ({reason})" for path, reason in refused if reason),
        created=frozenset(change.path for change in changed if change.before == NOTHING),
    )


def changed(mirror: Mirror, before: str, after: str) -> tuple[str, ...]:
    """Paths that differ between two commits that are here. UserError where they are too many to be listed."""
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
    """A commit on `parent`, kept in the mirror: its tree with `texts` as files, and `paths` as they are at `source`.

    The same arguments make the same commit. `author`: name and address. `when`: seconds since the epoch.
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


def remake(
    mirror: Mirror, sha: str, message: str, author: tuple[str, str], when: float, texts: Mapping[str, str] | None = None
) -> str:
    """A commit of the same tree, but for `texts` as files, on the same only parent, kept in the mirror: author, dates,
    message and whatever else stood in `sha` are left behind. The same arguments make the same commit."""
    tree, parent = git(mirror.folder, "rev-parse", f"{mirror.commit(sha)}^{{tree}}", f"{sha}^").decode().split()
    if texts:
        with tempfile.TemporaryDirectory(prefix="index-") as place:
            variables = {"GIT_INDEX_FILE": f"{place}/index"}
            git(mirror.folder, "read-tree", tree, variables=variables, feed=b"", memory=MEMORY)
            lines = [_written(mirror, path, text, variables) for path, text in texts.items()]
            tree = _tree(mirror, lines, variables)
    return _commit(mirror, tree, parent, message, author, when)


def _written(mirror: Mirror, path: str, text: str, variables: Mapping[str, str]) -> tuple[str, str, str]:
    """Mode, blob and path of a text, in the mode that the path has in the index."""
    blob = git(mirror.folder, "hash-object", "-w", "--stdin", feed=text.encode()).decode().strip()
    mode = git(mirror.folder, "ls-files", "-z", "--stage", "--", path, variables=variables)[:6].decode()
    return mode or REGULAR, blob, path


def _tree(mirror: Mirror, lines: Sequence[tuple[str, str, str]], variables: Mapping[str, str]) -> str:
    """The index's tree, once it has these lines (mode, blob, path)."""
    listing = b"".join(f"{mode} {blob}\t{path}\0".encode() for mode, blob, path in lines)
    git(mirror.folder, "update-index", "-z", "--index-info", feed=listing, variables=variables)
    return git(mirror.folder, "write-tree", variables=variables).decode().strip()


def _commit(mirror: Mirror, tree: str, parent: str, message: str, author: tuple[str, str], when: float) -> str:
    name, mail = author
    who = {"NAME": name, "EMAIL": mail, "DATE": f"@{int(when)} +0000"}
    identity = {f"GIT_{role}_{part}": word for role in ("AUTHOR", "COMMITTER") for part, word in who.items()}
    made = git(mirror.folder, "commit-tree", tree, "-p", parent, feed=message.encode(), variables=identity)
    sha = made.decode().strip()
    mirror.keep([sha])
    return sha
