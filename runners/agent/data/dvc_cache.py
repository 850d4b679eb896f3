"""Copies DVC's objects between a repository's kept cache and a run's own: never shared, and trusted by hash only."""

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ..errors import Stopped, Trouble
from ..files import WRITE, Below

HASH = re.compile(r"\b([0-9a-f]{32})(\.dir)?\b")
LISTING = 100_000_000  # bytes that a .dir object has at most
ENTRY = 1_000_000  # bytes that a run-cache entry has at most
RECALLED = 1_000_000_000  # bytes of earlier results to copy, so that the same parameters need no training
RUN_KEY = re.compile(r"[0-9a-f]{64}")
BLOCK = 1 << 20  # bytes that are read before it is asked again whether the run should stop


def named(project: Below) -> set[str]:
    """Return the hashes (with `.dir`) in the project's dvc.lock and .dvc files.

    Call it before foreign code runs there.
    """
    found: set[str] = set()
    for path, seen in project.walk():
        *folders, name = path.split("/")
        is_ours = name == "dvc.lock" or name.endswith(".dvc")
        if is_ours and stat.S_ISREG(seen.st_mode) and not {".git", ".dvc"} & set(folders):
            found |= _hashes(_text(project, path))
    return found


def seed(kept: Path, own: Path, names: Iterable[str], why_stop: Callable[[], str], *, runs: bool) -> None:
    """Copy these objects, and the files of those that are folders, into the run's own cache.

    With `runs`, also copy the newest run-cache entries and their outputs, up to RECALLED bytes. An object that does not
    have its hash is deleted from the kept cache. Raises Stopped when the run should end.
    """
    for name in with_listed(kept, names):
        _bring(kept, own, name, why_stop)
    if not runs:
        return
    left = RECALLED
    source, copy = Below(kept), Below(own)
    for entry in sorted(_entries(kept), key=lambda path: _changed(source, path), reverse=True):
        if copy.look(str(PurePosixPath(entry).parent)):
            continue  # DVC reads only a stage's newest entry
        outputs = with_listed(kept, _outputs(source, entry))
        sizes = [source.size(_object(name)) for name in outputs]
        needed = sum(size or 0 for size in sizes)
        if None in sizes or needed > left:
            continue
        left -= needed
        if all(_bring(kept, own, name, why_stop) for name in outputs):
            _copy(kept, own, entry, why_stop)


def _bring(kept: Path, own: Path, name: str, why_stop: Callable[[], str]) -> bool:
    """Copy one object; return whether the run's cache has it now."""
    path = _object(name)
    if Below(own).look(path):
        return True
    if Below(kept).size(path) is None:
        return False
    if _copy(kept, own, path, why_stop, name):
        return True
    Below(kept).remove(path)
    return False


def with_listed(cache: Path, names: Iterable[str]) -> set[str]:
    """Return these objects, and the files of those that are folders, as far as the cache has their lists."""
    found = set(names)
    for name in [name for name in found if name.endswith(".dir")]:
        found |= _hashes(_text(Below(cache), _object(name)))  # JSON, but foreign: a pattern reads it safely
    return found


def true_list(place: Below, path: str, name: str) -> set[str] | None:
    """Return the files of a folder by a list that others could write; None where the list does not have its hash."""
    try:
        with place.open(path) as (file, size):
            data = file.read(size) if size < LISTING else b""
    except OSError:
        return None
    is_true = hashlib.md5(data, usedforsecurity=False).hexdigest() == name.removesuffix(".dir")
    return _hashes(data.decode(errors="replace")) if is_true else None


def damaged(kept: Path, names: Iterable[str], why_stop: Callable[[], str]) -> set[str]:
    """Return those objects (and files of folders) that no longer have their hash, and delete them from the kept cache.

    Objects that are not there are ignored. Raises Stopped when the run should end.
    """
    return {name for name in with_listed(kept, names) if is_damaged(kept, name, why_stop)}


def is_damaged(kept: Path, name: str, why_stop: Callable[[], str]) -> bool:
    """Return whether this object is there and no longer has its hash; it is then deleted.

    Raises Stopped when the run should end.
    """
    path = _object(name)
    if Below(kept).size(path) is None or _digest(kept, path, why_stop) == name.removesuffix(".dir"):
        return False
    Below(kept).remove(path)
    return True


def _digest(cache: Path, path: str, why_stop: Callable[[], str]) -> str:
    digest = hashlib.md5(usedforsecurity=False)  # DVC's own choice
    with Below(cache).open(path) as (file, _):
        for block in _blocks(file, why_stop):
            digest.update(block)
    return digest.hexdigest()


def _blocks(file: BinaryIO, why_stop: Callable[[], str]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        if why := why_stop():
            raise Stopped(why)
        yield block


def keep(own: Path, kept: Path, why_stop: Callable[[], str], *, runs: bool) -> int:
    """Copy every object of the run's cache that has its hash into the repository's; return how many are new.

    With `runs`, for a run that ended well, also copy the run-cache entries whose outputs are all kept. Foreign code
    wrote `own`: nothing in it is followed. Raises Stopped when the run should end.
    """
    done = 0
    for path in _walk(own, "files/md5", 1):
        name = "".join(path.split("/")[-2:])
        if HASH.fullmatch(name) and not Below(kept).look(_object(name)):
            done += _copy(own, kept, path, why_stop, name)
    for entry in _entries(own) if runs else ():
        small = (Below(own).size(entry) or ENTRY) < ENTRY
        if not small or Below(kept).look(entry):
            continue
        if all(Below(kept).look(_object(name)) for name in _outputs(Below(own), entry)):
            _copy(own, kept, entry, why_stop)
    return done


def has(cache: Path, name: str) -> bool:
    """Return whether an object (`hash-name:hash`, as DVC writes it) is there, with all files where it is a folder."""
    kind, _, value = name.partition(":")
    if kind == "md5":
        return all(Below(cache).size(_object(each)) is not None for each in with_listed(cache, {value}))
    parts = [value, *_listed_before(cache, value)]
    return all(Below(cache).size(f"{each[:2]}/{each[2:]}") is not None for each in parts)


def _listed_before(cache: Path, name: str) -> set[str]:
    """Return the files of a folder from where DVC 2 kept its list."""
    return _hashes(_text(Below(cache), f"{name[:2]}/{name[2:]}")) if name.endswith(".dir") else set()


def size(cache: Path, name: str) -> int | None:
    """Return the size in bytes of an object of the cache; None where it is not there."""
    return Below(cache).size(_object(name))


def _object(name: str) -> str:
    return f"files/md5/{name[:2]}/{name[2:]}"


def _text(place: Below, path: str) -> str:
    """Return the text of a file; empty where there is none or it is too long."""
    try:
        with place.open(path) as (file, size):
            return file.read(size).decode(errors="replace") if size < LISTING else ""
    except OSError:
        return ""


def _changed(place: Below, path: str) -> float:
    found = place.look(path)
    return found.st_mtime if found else 0.0


def _outputs(place: Below, entry: str) -> set[str]:
    """Return the hashes of the outputs that a run-cache entry (a stage as in dvc.lock) names."""
    with place.open(entry) as (file, _):
        return _hashes(file.read(ENTRY).decode(errors="replace").partition("\nouts:")[2])


def _hashes(text: str) -> set[str]:
    return {found[0] for found in HASH.finditer(text)}


def _entries(cache: Path) -> Iterator[str]:
    """Yield the paths of run-cache entries."""
    for path in _walk(cache, "runs", 2):
        short, key, value = path.split("/")[1:]
        if RUN_KEY.fullmatch(key) and RUN_KEY.fullmatch(value) and short == key[:2]:
            yield path


def _walk(cache: Path, top: str, depth: int) -> Iterator[str]:
    """Yield the paths of regular files exactly `depth` folders below `top`."""
    levels = len(top.split("/")) + depth
    for path, seen in Below(cache).walk(top):
        if stat.S_ISREG(seen.st_mode) and path.count("/") == levels:
            yield path


def _copy(source: Path, target: Path, path: str, why_stop: Callable[[], str], name: str = "") -> bool:
    """Copy a file to the same path in another cache, read-only and in one step.

    With `name`, return False and copy nothing where the content does not have that hash. Raises Trouble where foreign
    code replaced the target's folders, and Stopped when the run should end.
    """
    digest = hashlib.md5(usedforsecurity=False)  # DVC's own choice
    try:
        with ExitStack() as stack:
            file, _ = stack.enter_context(Below(source).open(path))
            copy = stack.enter_context(_written(target, path))
            for block in _blocks(file, why_stop):
                digest.update(block)
                copy.write(block)
            if name and digest.hexdigest() != name.removesuffix(".dir"):
                raise _Forged
    except _Forged:
        return False
    return True


@contextmanager
def checked_copy(cache: Path, name: str, folder: int, why_stop: Callable[[], str]) -> Iterator[str]:
    """Copy an object of the cache into an opened folder, read-only, and give the copy's temporary name.

    The copy is deleted after the block. Gives an empty name where the object does not have its hash; it is then deleted
    from the cache. Raises Stopped when the run should end.
    """
    half, digest = f".{secrets.token_hex(8)}", hashlib.md5(usedforsecurity=False)  # DVC's own choice
    with Below(cache).open(_object(name)) as (file, _):
        try:
            with os.fdopen(os.open(half, WRITE, 0o600, dir_fd=folder), "wb") as copy:
                for block in _blocks(file, why_stop):
                    digest.update(block)
                    copy.write(block)
                os.fchmod(copy.fileno(), 0o444)
            has_hash = digest.hexdigest() == name.removesuffix(".dir")
            if not has_hash:
                Below(cache).remove(_object(name))
            yield half if has_hash else ""
        finally:
            with suppress(FileNotFoundError):
                os.unlink(half, dir_fd=folder)


class _Forged(Exception):
    """Bytes do not have the hash that names them."""


@contextmanager
def _written(cache: Path, path: str) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Below(cache).written(path, mode=0o444, make=True))
        except OSError as error:
            above = PurePosixPath(path).parent
            raise Trouble(f"{above} of the run's DVC cache is no folder any more: {error.strerror}.") from None
        yield file
