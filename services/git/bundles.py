"""Verifies the Git bundle that training returned, without trusting it."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.errors import UserError
from bot.ports.git import Bundle
from experiments.limits import LIMITS
from services.git.command import GitFailed, GitTimedOut, git
from services.git.commit_object import COMMIT_LIMIT, CommitObject, commit_object
from services.git.mirror import Mirror, new_repository
from services.git.tree_changes import NOTHING, changes, refusal

HEADER_LIMIT = 65_536  # bytes; a bundle of one commit has two or three lines
MEMORY_LIMIT = 1024 * 1024 * 1024  # bytes; a few kilobytes can unpack to as many gigabytes
TIME_LIMIT = 180.0  # seconds
CANDIDATE = "refs/studio/candidate"
PATHS_LIMIT = 20_000  # paths that one commit may change
# An honest bundle needs one commit and holds one. This many are looked up, and this many are counted.
COMMITS = 20


@dataclass(frozen=True)
class _Header:
    needs: tuple[str, ...]
    sha: str
    pack_at: int  # offset in bytes


def verify(mirror: Mirror, bundle: Path, ref: str, baseline: str, allowed: Sequence[str]) -> Bundle:
    """Bring the bundle's one commit into the mirror, once it has passed all checks, and return what it changes.

    Raises UserError where the bundle is too large, is not of version 2, has another or a second ref, is damaged or
    refused by `git fsck`, or is not exactly one commit on `baseline`. Changes outside of `allowed` (files, and folders
    with everything below) are named in `refused`; that commit is still kept, but only for the report.
    """
    size = bundle.stat().st_size
    if size > LIMITS.bundle:
        raise _unusable(
            f"it is {size / 1e6:,.0f} MB, and {LIMITS.bundle / 1e6:,.0f} MB is the most that is taken into Git. "
            "Large outputs belong to DVC: leave out `cache: false` for them in `dvc.yaml`"
        )
    # Unpacked beside the mirror, so that a bad bundle leaves nothing in it, but with the mirror's objects at hand.
    with (
        tempfile.TemporaryDirectory(prefix="bundle-", dir=mirror.folder.parent) as folder,
        bundle.open("rb") as file,
    ):
        header = _read_header(file, ref)
        for needed in header.needs:
            if not mirror.is_ancestor(needed, baseline):
                raise _unusable(f"it builds on commit `{needed[:7]}`, which `{baseline[:7]}` does not come from")
        quarantine = Path(folder) / "quarantine.git"
        new_repository(quarantine)
        (quarantine / "objects" / "info" / "alternates").write_text(f"{mirror.folder.resolve() / 'objects'}\n")
        file.seek(header.pack_at)
        try:
            _unpack(quarantine, file.read(), header.sha, baseline)
            made = commit_object(quarantine, header.sha)
            _check_parent(quarantine, header.sha, made, baseline)
            if made.size > COMMIT_LIMIT:
                raise _unusable(f"its commit message is {made.size:,} bytes long, and {COMMIT_LIMIT:,} is the most")
            changed = changes(quarantine, baseline, header.sha)
        except GitTimedOut as slow:
            raise _unusable(f"it took too long to look into ({slow})") from None
        except GitFailed as failed:
            raise _unusable(f"it is damaged, or `git fsck` does not accept it: {_first_words(failed)}") from None
        if len(changed) > PATHS_LIMIT:
            raise _unusable(f"it changes {len(changed):,} files, and {PATHS_LIMIT:,} is the most that is looked at")
        with mirror.locked():
            arguments = ["--quiet", "--no-tags", "--no-write-fetch-head", "--", str(quarantine), CANDIDATE]
            git(mirror.folder, "fetch", *arguments, protocols="file", timeout=TIME_LIMIT)
            mirror.take(header.sha, made.tree, baseline)
    refused = ((change.path, refusal(change, allowed)) for change in changed)
    return Bundle(
        sha=header.sha,
        message=made.message,
        changed=tuple(change.path for change in changed),
        refused=tuple(f"{path} ({reason})" for path, reason in refused if reason),
        created=frozenset(change.path for change in changed if change.before == NOTHING),
    )


def _read_header(file: IO[bytes], ref: str) -> _Header:
    """Read the bundle's header. git's own reader would also accept versions that may lack objects (`@filter=`)."""
    start = file.read(HEADER_LIMIT)
    head, found, _ = start.partition(b"\n\n")
    lines = head.split(b"\n")
    if not found or lines[0] != b"# v2 git bundle":
        raise _unusable("it is not a Git bundle (version 2)")
    needs = [_sha(line[1:41]) for line in lines[1:] if line.startswith(b"-")]
    if len(needs) > COMMITS:
        raise _unusable(f"it builds on {len(needs)} commits")
    heads = [line for line in lines[1:] if not line.startswith(b"-")]
    if len(heads) != 1:
        raise _unusable(f"it holds {len(heads)} refs, where one is expected: `{ref}`")
    if heads[0][41:] != ref.encode():
        raise _unusable(f"it holds another ref than `{ref}`")
    return _Header(tuple(needs), _sha(heads[0][:40]), len(head) + 2)


def _sha(text: bytes) -> str:
    if len(text) != 40 or not set(text) <= set(b"0123456789abcdef"):
        raise _unusable("it is not a Git bundle (version 2): a line of its header has no SHA")
    return text.decode()


def _unpack(quarantine: Path, pack: bytes, sha: str, baseline: str) -> None:
    """Unpack the bundle's objects, check each of them, and check that the commit needs no others.

    This is not `git fetch` from the bundle, which ignores `fetch.fsckObjects` (Git 2.39 took a tree with `.GIT` in it).
    """
    arguments = ["--stdin", "--fix-thin", "--strict", "--threads=1", f"--max-input-size={LIMITS.bundle}"]
    git(quarantine, "index-pack", *arguments, feed=pack, memory=MEMORY_LIMIT, timeout=TIME_LIMIT)
    git(quarantine, "update-ref", CANDIDATE, sha)
    git(quarantine, "rev-list", "--quiet", "--objects", sha, f"^{baseline}", timeout=TIME_LIMIT)


def _check_parent(quarantine: Path, sha: str, made: CommitObject, baseline: str) -> None:
    """Check that the ref is exactly one commit whose only parent is `baseline`. Raises UserError."""
    if made.kind != "commit":
        raise _unusable("its ref is not a commit")
    if made.parents == (baseline,):
        return
    if sha == baseline:
        raise _unusable("it holds no commit of its own")
    if len(made.parents) > 1:
        raise _unusable(f"its commit is a merge, where one commit on `{baseline[:7]}` is expected")
    between = git(quarantine, "rev-list", f"--max-count={COMMITS}", f"^{baseline}", sha).split()
    if len(between) > 1:
        raise _unusable(f"it holds {len(between)} commits, where one on `{baseline[:7]}` is expected")
    raise _unusable(f"its commit is not made on `{baseline[:7]}`")


def _first_words(failed: GitFailed) -> str:
    """Return git's reason as one line of Markdown code; it may quote foreign text."""
    words = failed.stderr.strip().splitlines() or ["git was stopped: it took too much memory"]
    return f"`{''.join(letter for letter in words[0][:200] if letter.isprintable() and letter != '`')}`"


def _unusable(reason: str) -> UserError:
    return UserError(f"What the training machine returned was not taken: {reason}.")
