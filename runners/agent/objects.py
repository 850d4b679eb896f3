"""DVC's objects between a repository's kept cache and the run's own: copied, never shared, believed by hash only."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .ending import Stopped, Trouble
from .files import folder_below, is_below, open_regular, regular_size

HASH = re.compile(r"\b([0-9a-f]{32})(\.dir)?\b")
LISTING = 100_000_000  # bytes of a .dir object
ENTRY = 1_000_000  # bytes of a run-cache entry
RECALLED = 1_000_000_000  # bytes of earlier results brought along, so that the same parameters need no training
RUN_KEY = re.compile(r"[0-9a-f]{64}")
BLOCK = 1 << 20  # bytes that are read between two looks at whether the run should stop


def named(project: Path) -> set[str]:
    """Hashes (`.dir` kept) that the project's dvc.lock and .dvc files name. Before foreign code ran in it."""
    found: set[str] = set()
    for folder, folders, files in os.walk(project):
        folders[:] = [name for name in folders if name not in (".git", ".dvc")]
        for name in files:
            path = Path(folder, name)
            if (name == "dvc.lock" or name.endswith(".dvc")) and (regular_size(path) or LISTING) < LISTING:
                found |= _hashes(path.read_text(errors="replace"))
    return found


def seed(kept: Path, own: Path, names: Iterable[str], why_stop: Callable[[], str], *, runs: bool) -> None:
    """Copy those objects (and the files listed in folders) into the run's own cache; Stopped when the run should end.

    `runs`: then the newest run-cache entries with what they made, up to RECALLED bytes. An object without its hash is
    thrown out of the kept cache."""
    for name in with_listed(kept, names):
        _bring(kept, own, name, why_stop)
    if not runs:
        return
    room = RECALLED
    entries = [kept / "runs" / key[:2] / key / value for key, value in _entries(kept)]
    for entry in sorted(entries, key=lambda path: path.stat().st_mtime, reverse=True):
        if (own / entry.relative_to(kept)).parent.exists():
            continue  # DVC asks the newest entry of a stage only
        outputs = with_listed(kept, _outputs(entry))
        sizes = [regular_size(_object(kept, name)) for name in outputs]
        needed = sum(size or 0 for size in sizes)
        if None in sizes or needed > room:
            continue
        room -= needed
        if all(_bring(kept, own, name, why_stop) for name in outputs):
            _copy(entry, own, own / entry.relative_to(kept), why_stop)


def _bring(kept: Path, own: Path, name: str, why_stop: Callable[[], str]) -> bool:
    """Whether the run's cache has the object now."""
    source, target = _object(kept, name), _object(own, name)
    if target.exists():
        return True
    if regular_size(source) is None:
        return False
    if _copy(source, own, target, why_stop, name):
        return True
    source.unlink()
    return False


def with_listed(kept: Path, names: Iterable[str]) -> set[str]:
    """These objects, and the files of those that are folders, as far as the cache knows them."""
    found = set(names)
    for name in [name for name in found if name.endswith(".dir")]:
        path = _object(kept, name)
        if (regular_size(path) or LISTING) < LISTING:
            found |= _hashes(path.read_text(errors="replace"))  # JSON, but foreign: a pattern cannot be upset by it
    return found


def damaged(kept: Path, names: Iterable[str], why_stop: Callable[[], str]) -> set[str]:
    """Those of these objects (and of the files listed in folders) that no longer have their hash; they are thrown out
    of the kept cache. What is not there is not looked for. Stopped when the run should end."""
    return {name for name in with_listed(kept, names) if is_damaged(kept, name, why_stop)}


def is_damaged(kept: Path, name: str, why_stop: Callable[[], str]) -> bool:
    """Whether this object is there and no longer has its hash; then it is thrown out. Stopped when the run should
    end."""
    path = _object(kept, name)
    if regular_size(path) is None or _digest(path, why_stop) == name.removesuffix(".dir"):
        return False
    path.unlink()
    return True


def _digest(path: Path, why_stop: Callable[[], str]) -> str:
    digest = hashlib.md5(usedforsecurity=False)  # DVC's own choice
    with open_regular(path) as (file, _):
        for block in _blocks(file, why_stop):
            digest.update(block)
    return digest.hexdigest()


def _blocks(file: BinaryIO, why_stop: Callable[[], str]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        if why := why_stop():
            raise Stopped(why)
        yield block


def keep(own: Path, kept: Path, why_stop: Callable[[], str], *, runs: bool) -> int:
    """Copy every object of the run's cache that has its hash, and (`runs`, after one that ended well) run-cache entries
    whose outputs are all kept, into the repository's; how many are new. Stopped when the run should end.

    Foreign code wrote `own`: nothing in it is followed.
    """
    done = 0
    root = own / "files" / "md5"
    for path in _walk(own, root, 1):
        name = path.parent.name + path.name
        target = _object(kept, name)
        if HASH.fullmatch(name) and not target.exists():
            done += _copy(path, kept, target, why_stop, name)
    for key, value in _entries(own) if runs else ():
        entry, target = own / "runs" / key[:2] / key / value, kept / "runs" / key[:2] / key / value
        small = (regular_size(entry) or ENTRY) < ENTRY
        if small and not target.exists() and all(_object(kept, name).exists() for name in _outputs(entry)):
            _copy(entry, kept, target, why_stop)
    return done


def has(cache: Path, name: str) -> bool:
    """Whether an object (`hash-name:hash`, as DVC says it) is there, with the files of a folder."""
    kind, _, value = name.partition(":")
    if kind == "md5":
        return all(regular_size(_object(cache, each)) is not None for each in with_listed(cache, {value}))
    parts = [value, *_listed_before(cache, value)]
    return all(regular_size(cache / each[:2] / each[2:]) is not None for each in parts)


def _listed_before(cache: Path, name: str) -> set[str]:
    """The files of a folder where DVC 2 kept them."""
    path = cache / name[:2] / name[2:]
    if not name.endswith(".dir") or (regular_size(path) or LISTING) >= LISTING:
        return set()
    return _hashes(path.read_text(errors="replace"))


def size(cache: Path, name: str) -> int | None:
    """Bytes of an object of the cache; None where it is not there."""
    return regular_size(_object(cache, name))


def _object(cache: Path, name: str) -> Path:
    return cache / "files" / "md5" / name[:2] / name[2:]


def _outputs(entry: Path) -> set[str]:
    """Hashes of what a run-cache entry (a stage as dvc.lock has it) made."""
    with open_regular(entry) as (file, _):
        return _hashes(file.read(ENTRY).decode(errors="replace").partition("\nouts:")[2])


def _hashes(text: str) -> set[str]:
    return {found[0] for found in HASH.finditer(text)}


def _entries(cache: Path) -> Iterator[tuple[str, str]]:
    for path in _walk(cache, cache / "runs", 2):
        key, value = path.parent.name, path.name
        if RUN_KEY.fullmatch(key) and RUN_KEY.fullmatch(value) and path.parent.parent.name == key[:2]:
            yield key, value


def _walk(cache: Path, root: Path, depth: int) -> Iterator[Path]:
    """Regular files `depth` folders below `root`, through real folders only."""
    if not is_below(cache, root / "x"):
        return
    for folder, folders, files in os.walk(root):  # does not follow symlinks
        below = len(Path(folder).relative_to(root).parts)
        if below == depth:
            folders.clear()
            yield from (path for name in files if regular_size(path := Path(folder, name)) is not None)


def _copy(source: Path, cache: Path, target: Path, why_stop: Callable[[], str], name: str = "") -> bool:
    """Copy by bytes to a path in a cache, read-only, put in place in one step. With `name`: only where the bytes have
    that hash. Trouble where foreign code put something else in the place of the cache's folders."""
    folders = target.relative_to(cache).parts[:-1]
    with _opened(cache, folders) as folder, _half(source, name, folder, why_stop) as half:
        if half:
            os.rename(half, target.name, src_dir_fd=folder, dst_dir_fd=folder)
        return bool(half)


@contextmanager
def checked_copy(cache: Path, name: str, folder: int, why_stop: Callable[[], str]) -> Iterator[str]:
    """A copy of one of the cache's objects in an opened folder; see `_half`. One without its hash is thrown out of the
    cache."""
    source = _object(cache, name)
    with _half(source, name, folder, why_stop) as half:
        if not half:
            source.unlink()
        yield half


@contextmanager
def _half(source: Path, name: str, folder: int, why_stop: Callable[[], str]) -> Iterator[str]:
    """A copy in an opened folder, read-only: its name for now, after which it is gone. Empty where the bytes do not
    have the hash that `name` is, if there is one. Stopped when the run should end."""
    half, flags = f".{secrets.token_hex(8)}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    digest = hashlib.md5(usedforsecurity=False)  # DVC's own choice
    with open_regular(source) as (file, _):
        try:
            with os.fdopen(os.open(half, flags, 0o600, dir_fd=folder), "wb") as copy:
                for block in _blocks(file, why_stop):
                    digest.update(block)
                    copy.write(block)
                os.fchmod(copy.fileno(), 0o444)
            yield half if not name or digest.hexdigest() == name.removesuffix(".dir") else ""
        finally:
            with suppress(FileNotFoundError):
                os.unlink(half, dir_fd=folder)


@contextmanager
def _opened(cache: Path, folders: Sequence[str]) -> Iterator[int]:
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(folder_below(cache, folders))
        except OSError as error:
            raise Trouble(
                f"{'/'.join(folders)} of the run's DVC cache is no folder any more: {error.strerror}."
            ) from None
        yield folder
