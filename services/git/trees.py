"""Files of a commit, read from a mirror without a work tree."""

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
BLOB_LIMIT = 50_000_000  # bytes; larger files are left out of a checkout, whose readers want small ones
FILES_LIMIT = 100_000
SMALL = 16_000  # bytes of a file that is remembered once it was read
BLOCK = 4096  # bytes of a disk that the smallest file takes
POINTER_SIZES = range(100, 1024)  # bytes of a pointer of Git LFS
PATH_LIMIT = 4096  # bytes; no longer one can be laid out
_ID = re.compile("[0-9a-f]{40}")
POINTERS_LOOKED = 20_000  # files of that size


@dataclass(frozen=True)
class _Entry:
    mode: str
    blob: str
    size: int  # bytes; 0 for a submodule or a folder
    path: bytes


def read(repository: Path, sha: str, path: str, limit: int) -> bytes | None:
    """A file's bytes at a commit; None where it is absent, or no file. UserError past `limit` bytes."""
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
    """Whether a commit has a file, a folder or something else of this name. NotFound where it was not fetched."""
    return _is_path(path) and _at(repository, sha, path) is not None


def objects(repository: Path, shas: Sequence[str], paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What each commit has at these paths: SHAs of files and folders, empty where it has nothing, or nothing that can
    be asked for. One call of git for all. UserError where that takes too long."""
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
    """Whether a commit can have something of this name that git can be asked for."""
    proper = not path.startswith("/") and "\0" not in path and not {"", ".", ".."} & set(path.split("/"))
    return proper and len(os.fsencode(path)) <= PATH_LIMIT


def checkout(repository: Path, sha: str, folder: Path) -> LeftOut:
    """Write a commit's files into an empty folder: symlinks as plain files that hold their target, no filters, no line
    ends changed, no submodules, nothing over 50 MB, and no names that would leave the folder.

    UserError where the rest is over 500 MB or 100,000 files.
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
        # It is git that leaves out names as `../x` and `.GIT/x`, by what it learnt from its own past.
        git(repository, "update-index", "-z", "--index-info", feed=listing, variables=variables)
        git(repository, "checkout-index", "--all", "--quiet", variables=variables, timeout=300.0)
    return LeftOut(
        {os.fsdecode(entry.path): entry.blob for entry in everything if entry.mode == SUBMODULE},
        tuple(os.fsdecode(entry.path) for entry in files if entry.size > BLOB_LIMIT),
    )


def room(repository: Path, sha: str) -> int:
    """Bytes of a disk that `checkout` fills. NotFound; UserError where it has more files than can be listed."""
    sizes = (entry.size for entry in _files(_entries(repository, sha, "-r")) if entry.size <= BLOB_LIMIT)
    return sum(-(-size // BLOCK) * BLOCK for size in sizes)


def held(repository: Path, sha: str) -> Held:
    """What a commit holds. NotFound; UserError where it has more files than can be listed."""
    entries = _entries(repository, sha, "-r")
    tree = git(repository, "rev-parse", f"{hexadecimal(sha)}^{{tree}}").decode().strip()
    modules = tuple(os.fsdecode(entry.path) for entry in entries if entry.mode == SUBMODULE)
    return Held(tree, sum(entry.size for entry in entries), len(entries), modules, _pointers(repository, entries))


@lru_cache(maxsize=10_000)
def _at(repository: Path, sha: str, path: str) -> _Entry | None:
    """What a commit has of this name. It never changes, and the settings of a base branch are read at each turn."""
    found = _entries(repository, sha, "--", path)
    return next((entry for entry in found if entry.path == os.fsencode(path)), None)


def _file(repository: Path, blob: str) -> bytes:
    return git(repository, "cat-file", "blob", blob)


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
    """Write a pack of a tree and its files into a folder."""
    objects = git(repository, "rev-list", "--objects", "--no-object-names", hexadecimal(tree), timeout=300.0)
    made = git(repository, "pack-objects", "--quiet", f"{folder}/tree", feed=objects, timeout=600.0)
    return folder / f"tree-{made.decode().strip()}.pack"


def _entries(repository: Path, sha: str, *arguments: str) -> list[_Entry]:
    """What `git ls-tree` tells. NotFound where the commit was not fetched."""
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
    """Foreign text as one line of Markdown code."""
    plain = "".join(letter if letter.isprintable() and letter != "`" else " " for letter in text)
    return f"`{' '.join(plain.split())}`"
