"""Reads files of a commit from a mirror without a work tree."""

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.errors import NotFound, UserError
from bot.ports.git import LeftOut
from bot.ports.git_commits import Held
from experiments.limits import TREE_LIMIT
from services.git.command import GitFailed, GitTimedOut, GitTooLong, git
from services.git.mirror import SEARCH, hexadecimal
from services.git.tree_changes import LISTING, MEMORY, SUBMODULE

REGULAR, EXECUTABLE, SYMLINK = "100644", "100755", "120000"
BLOB_LIMIT = 50_000_000  # bytes; larger files are left out of a checkout, whose readers need small ones
FILES_LIMIT = 100_000
SMALL = 16_000  # bytes; smaller files are remembered once they were read
BLOCK = 4096  # bytes of disk that the smallest file takes
POINTER_SIZES = range(100, 1024)  # bytes of a pointer of Git LFS
PATH_LIMIT = 4096  # bytes; a longer path cannot be checked out
_ID = re.compile("[0-9a-f]{40}")
POINTERS_LOOKED = 20_000  # files of a pointer's size that are read


@dataclass(frozen=True)
class _Entry:
    mode: str
    blob: str
    size: int  # bytes; 0 for a submodule or a folder
    path: bytes


def read(repository: Path, sha: str, path: str, limit: int) -> bytes | None:
    """Return a file's bytes at a commit; None where it is absent or no file. Raises UserError above `limit` bytes."""
    if not _is_path(path):
        return None
    entry = _at(repository, sha, path)
    if entry is None or entry.mode not in (REGULAR, EXECUTABLE):
        return None
    if entry.size > limit:
        raise UserError(
            f"A file at commit `{sha[:7]}` is {entry.size:,} bytes long, and {limit:,} is the most that is "
            "read here. Its name is below; make it smaller or keep its data with `dvc add`."
            f"\n\n{_code(path)}"
        )
    return _small_file(repository, entry.blob) if entry.size <= SMALL else _file(repository, entry.blob)


def holds(repository: Path, sha: str, path: str) -> bool:
    """Return whether a commit has a file, a folder or anything else of this name. Raises NotFound."""
    return _is_path(path) and _at(repository, sha, path) is not None


def objects(repository: Path, shas: Sequence[str], paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what each commit has at these paths: SHAs of files and folders, empty where it has nothing.

    Also empty for a path that git cannot be asked for. Git is called once for all. Raises UserError where that takes
    too long.
    """
    names = [path if _is_path(path) and "\n" not in path else "" for path in paths]
    asked = "".join(f"{hexadecimal(sha)}:{name}\n" for sha in shas for name in names if name)
    try:
        told = git(
            repository,
            "cat-file",
            "--batch-check=%(objectname)",
            feed=os.fsencode(asked),
            memory=MEMORY,
            most=LISTING,
            timeout=SEARCH,
        )
    except (GitFailed, GitTimedOut):
        raise UserError(f"What {len(shas)} commits have at {len(paths):,} paths is too much to be looked up.") from None
    lines = iter(told.decode(errors="replace").split("\n"))
    ids = {sha: tuple(next(lines) if name else "" for name in names) for sha in shas}
    return {sha: tuple(each if _ID.fullmatch(each) else "" for each in found) for sha, found in ids.items()}


def _is_path(path: str) -> bool:
    """Return whether a commit can have something of this name that git can be asked for."""
    proper = not path.startswith("/") and "\0" not in path and not {"", ".", ".."} & set(path.split("/"))
    return proper and len(os.fsencode(path)) <= PATH_LIMIT


def checkout(repository: Path, sha: str, folder: Path) -> LeftOut:
    """Write a commit's files into an empty folder and return what was left out.

    Symlinks become plain files that hold their target. No filter runs and no line end changes. Left out are submodules,
    files over 50 MB, and names that would leave the folder. Raises UserError where the rest is over 500 MB or 100,000
    files.
    """
    everything = _entries(repository, sha, "-r")
    files = _files(everything)
    entries = [entry for entry in files if entry.size <= BLOB_LIMIT]
    total = sum(entry.size for entry in entries)
    if total > TREE_LIMIT or len(entries) > FILES_LIMIT:
        raise UserError(
            f"Commit `{sha[:7]}` holds {len(entries):,} files of {total / 1e6:,.0f} MB in Git: more than the "
            f"{FILES_LIMIT:,} files or {TREE_LIMIT / 1e6:,.0f} MB that are laid out to be read. "
            "Move data out of Git with `git rm --cached` and `dvc add`."
        )
    listing = b"".join(
        f"{EXECUTABLE if entry.mode == EXECUTABLE else REGULAR} {entry.blob}\t".encode() + entry.path + b"\0"
        for entry in entries
    )
    with tempfile.TemporaryDirectory(prefix="index-") as place:
        variables = {"GIT_INDEX_FILE": f"{place}/index", "GIT_WORK_TREE": str(folder.resolve())}
        # Git itself leaves out names such as `../x` and `.GIT/x`.
        git(repository, "update-index", "-z", "--index-info", feed=listing, variables=variables)
        git(repository, "checkout-index", "--all", "--quiet", variables=variables, timeout=300.0)
    return LeftOut(
        {os.fsdecode(entry.path): entry.blob for entry in everything if entry.mode == SUBMODULE},
        tuple(os.fsdecode(entry.path) for entry in files if entry.size > BLOB_LIMIT),
    )


def room(repository: Path, sha: str) -> int:
    """Return the bytes of disk that `checkout` fills. Raises NotFound, and UserError where there are too many files."""
    sizes = (entry.size for entry in _files(_entries(repository, sha, "-r")) if entry.size <= BLOB_LIMIT)
    return sum(-(-size // BLOCK) * BLOCK for size in sizes)


def held(repository: Path, sha: str) -> Held:
    """Return what a commit holds. Raises NotFound, and UserError where it has too many files to list."""
    entries = _entries(repository, sha, "-r")
    tree = git(repository, "rev-parse", f"{hexadecimal(sha)}^{{tree}}").decode().strip()
    modules = tuple(os.fsdecode(entry.path) for entry in entries if entry.mode == SUBMODULE)
    return Held(tree, sum(entry.size for entry in entries), len(entries), modules, _pointers(repository, entries))


@lru_cache(maxsize=10_000)
def _at(repository: Path, sha: str, path: str) -> _Entry | None:
    """Return what a commit has of this name.

    It never changes, and a base branch's settings are read again and again.
    """
    found = _entries(repository, sha, "--", path)
    return next((entry for entry in found if entry.path == os.fsencode(path)), None)


def _file(repository: Path, blob: str) -> bytes:
    try:
        return git(repository, "cat-file", "blob", blob)
    except GitFailed:  # a fork's store may have been deleted since `_at` looked
        raise NotFound(f"file {blob} was not fetched") from None


_small_file = lru_cache(maxsize=1_000)(_file)


def _files(entries: Sequence[_Entry]) -> list[_Entry]:
    return [entry for entry in entries if entry.mode in (REGULAR, EXECUTABLE, SYMLINK)]


def _pointers(repository: Path, entries: Sequence[_Entry]) -> tuple[str, ...]:
    small = [entry for entry in entries if entry.size in POINTER_SIZES and entry.mode in (REGULAR, EXECUTABLE)]
    asked = "".join(f"{entry.blob}\n" for entry in small[:POINTERS_LOOKED]).encode()
    told, found = git(repository, "cat-file", "--batch", feed=asked), []
    for entry in small[:POINTERS_LOOKED]:
        _, _, told = told.partition(b"\n")  # <sha> blob <size>
        if told.startswith(b"version https://git-lfs.github.com/"):
            found.append(os.fsdecode(entry.path))
        told = told[entry.size + 1 :]
    return tuple(found[:100])


def pack(repository: Path, tree: str, folder: Path) -> Path:
    """Write a pack of a tree and its files into a folder and return its path."""
    objects = git(repository, "rev-list", "--objects", "--no-object-names", hexadecimal(tree), timeout=300.0)
    made = git(repository, "pack-objects", "--quiet", f"{folder}/tree", feed=objects, timeout=600.0)
    return folder / f"tree-{made.decode().strip()}.pack"


def _entries(repository: Path, sha: str, *arguments: str) -> list[_Entry]:
    """Return what `git ls-tree` lists. Raises NotFound for a commit that is not here, UserError for too many files."""
    options = [argument for argument in arguments if argument == "-r"]
    names = arguments[len(options) :]
    try:
        tree = ["-z", "-l", "--full-tree", *options, hexadecimal(sha), *names]
        listing = git(repository, "ls-tree", *tree, feed=b"", memory=MEMORY, most=LISTING, timeout=30.0)
    except GitTooLong:
        raise UserError(f"this commit has more files than a list of {LISTING:,} bytes holds") from None
    except GitTimedOut:
        raise UserError("this commit has more files than can be listed in 30 seconds") from None
    except GitFailed as failed:
        if "Not a valid object name" not in failed.stderr and "not a tree object" not in failed.stderr:
            raise
        raise NotFound(f"commit {sha} was not fetched") from None
    return [_entry(line) for line in listing.split(b"\0")[:-1]]


def _entry(line: bytes) -> _Entry:
    # 100644 blob <sha>     123\tpath
    facts, _, path = line.partition(b"\t")
    mode, _, blob, size = facts.decode().split()
    return _Entry(mode, blob, 0 if size == "-" else int(size), path)


def _code(text: str) -> str:
    """Return foreign text as one line of Markdown code."""
    plain = "".join(letter if letter.isprintable() and letter != "`" else " " for letter in text)
    return f"`{' '.join(plain.split())}`"
