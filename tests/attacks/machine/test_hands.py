"""Whatever foreign code left in a run's folders, the agent reads, writes and removes nothing outside of them."""

import hashlib
import io
import os
import stat
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runners.agent import checkpoints, packing, tree
from runners.agent.checkpoints import WantedCheckpoints
from runners.agent.data import dvc_cache, lfs
from runners.agent.errors import Trouble
from runners.agent.files import Below, remove
from runners.agent.packages import requirements
from runners.agent.specification import LfsFile
from runners.agent.tracing import Tracer

SECRET = "what is of another repository"
CONTENT = b"content of a large file"
OID = hashlib.sha256(CONTENT).hexdigest()
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(CONTENT)}\n"
OUTSIDE = ("../../outside", "../../../outside", "plots/../../../outside")
NAMES = ("vision", "params.yaml", "dvc.lock", ".dvc", "config.local", "model.bin", "plots", "a", "requirements.txt")
BELOW = (
    ".dvc/config.local",
    "plots/a",
    "plots/a/b",
    "vision/params.yaml",
    "vision/.dvc",
    "vision/plots",
    "vision/plots/a",
)
paths = st.sampled_from((*NAMES, *BELOW))
ways = st.sampled_from(
    ("link", "link to a file", "dangling", "up", "self", "file", "pointer", "pipe", "folder", "closed")
)
trees = st.lists(st.tuples(paths, ways), max_size=8)


def put(place: Path, way: str, outside: Path) -> None:
    """Put something that untrusted code may leave at a path, where the folders above can be made."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(place):
        return  # a pipe would make its reader wait
    match way:
        case "link":
            place.symlink_to(outside)
        case "link to a file":
            place.symlink_to(outside / "params.yaml")
        case "dangling":
            place.symlink_to(outside / "planted")
        case "up":
            place.symlink_to("../" * len(place.relative_to(outside.parent).parts) + "outside")
        case "self":
            place.symlink_to(place.name)
        case "file":
            place.write_text("lr: 1\n")
        case "pointer":
            place.write_text(POINTER)
        case "pipe":
            os.mkfifo(place)
        case "closed":
            place.mkdir(mode=0)
        case _:
            place.mkdir()


def state(folder: Path) -> dict[str, tuple[int, float, bytes | str]]:
    """Return modes, modification times and contents of everything in the folder."""
    found: dict[str, tuple[int, float, bytes | str]] = {}
    for path in (folder, *folder.rglob("*")):
        seen = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(seen.st_mode) else ""
        found[str(path.relative_to(folder))] = (seen.st_mode, seen.st_ctime, content)
    return found


class Journal:
    """Log nothing."""

    def say(self, _: str) -> None:
        """Do nothing."""


def _lfs(place: Path, below: Below) -> object:
    kept = place.parent / "lfs"
    kept.mkdir(exist_ok=True)
    (kept / OID).write_bytes(CONTENT)
    bringer = lfs.LfsFetcher(None, kept, below.root, Journal(), str)  # type: ignore[arg-type]
    wanted = [LfsFile(name, OID, len(CONTENT), True) for name in ("model.bin", "plots/a", "vision/model.bin")]
    return [attempted(partial(bringer._put, each)) for each in wanted]


def _unpack(place: Path, below: Below) -> object:
    archive = place / "checkpoint.tar"
    with tarfile.open(archive, "w") as made:
        for name in ("plots/a/b", "model.bin", *(f"{each}/planted" for each in OUTSIDE)):
            entry = tarfile.TarInfo(name)
            entry.size = 1
            made.addfile(entry, io.BytesIO(b"x"))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    wanted = WantedCheckpoints(("plots", "model.bin", *OUTSIDE), 1, 10**9, archive.stat().st_size, digest)
    return checkpoints.unpack(archive, wanted, below)


def _trace(place: Path, below: Below) -> object:
    tracer = Tracer(place, below, ("plots", "a", "model.bin"), True)
    tracer.begin(place)
    for each in tracer.tools, tracer.notes:
        remove(each)
    return sorted(tracer._before)


HANDS: dict[str, Callable[[Path, Below], object]] = {
    "edit": lambda place, below: [attempted(partial(tree.edit, below, {n: "lr: 2\n"})) for n in (*NAMES, "plots/a")],
    "clear": lambda place, below: [attempted(partial(tree.clear, below, [n])) for n in (*NAMES, "plots/a")],
    "point the cache": lambda place, below: tree.point_cache(below, place / "cache", apart=True),
    "hashes": lambda place, below: sorted(dvc_cache.named(below)),
    "look at checkpoints": lambda place, below: checkpoints.signature(below, [*NAMES, "plots/a", *OUTSIDE]),
    "unpack a checkpoint": _unpack,
    "trace": _trace,
    "requirements": lambda place, below: requirements.read(below.root, below.inside),
    "large files": _lfs,
    "remove": lambda place, below: remove(below.root),
}


def attempted(work: Callable[[], object]) -> object:
    """Return what the call returns, or the message of its error."""
    try:
        return work()
    except (Trouble, OSError) as error:
        return str(error)


@pytest.mark.parametrize("hand", HANDS)
@settings(max_examples=40, deadline=None)
@given(left=trees, inside=st.sampled_from(("", "vision")))
@example(left=[("requirements.txt", "link to a file"), ("plots", "link"), (".dvc", "link")], inside="")
@example(left=[("dvc.lock", "link to a file"), ("plots/a", "link to a file"), ("model.bin", "link")], inside="")
@example(left=[("vision", "link")], inside="vision")
def test_nothing_outside_is_read_written_or_removed(hand: str, left: list[tuple[str, str]], inside: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        place, outside = Path(name, "run"), Path(name, "outside")
        below = Below(place / "tree", inside)
        below.root.mkdir(parents=True)
        outside.mkdir()
        for each in NAMES:
            (outside / each).write_text(f"{SECRET}\n-e ./{SECRET}\nmd5: {'5' * 32}\n{POINTER}")
        for path, way in left:
            with suppress(OSError):  # something else is there
                put(below.root / path, way, outside)
        with suppress(OSError):
            below.path.mkdir(exist_ok=True)
        before = state(outside)
        said = attempted(lambda: HANDS[hand](place, below))
        assert state(outside) == before
        assert SECRET not in repr(said) and "5" * 32 not in repr(said)
        remove(place)
        assert not place.exists() and state(outside) == before


@pytest.mark.parametrize("modes", [0o700, 0])
def test_a_tree_of_many_nested_folders_is_removed(tmp_path: Path, modes: int) -> None:
    """The path is longer than a path may be, and deeper than Python could recurse."""
    (tmp_path / "tree").mkdir()
    folder = os.open(tmp_path / "tree", os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=folder)
        deeper = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(os.open("file", os.O_CREAT, dir_fd=folder))
        os.close(folder)
        folder = deeper
    os.fchmod(folder, modes)
    os.close(folder)
    assert dvc_cache.named(Below(tmp_path / "tree")) == set(), "nor does looking for names end badly"
    remove(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_a_written_file_replaces_a_link_and_not_the_target(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "tree" / "soft").symlink_to(tmp_path / "secret")
    (tmp_path / "tree" / "hard").hardlink_to(tmp_path / "secret")
    for name in ("soft", "hard"):
        with Below(tmp_path / "tree").written(name) as file:
            file.write(b"ours")
        assert (tmp_path / "tree" / name).read_bytes() == b"ours"
    assert (tmp_path / "secret").read_text() == SECRET
    with suppress(KeyError), Below(tmp_path / "tree").written("soft") as file:
        file.write(b"half")
        raise KeyError
    assert (tmp_path / "tree" / "soft").read_bytes() == b"ours"
    assert sorted(path.name for path in (tmp_path / "tree").iterdir()) == ["hard", "soft"], "no half of it stays"


def test_a_request_to_an_isolated_process_is_written_through_no_link(tmp_path: Path) -> None:
    """The process that packs may run foreign code, which may write where the next request goes."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "request.json").symlink_to(tmp_path / "planted")

    class Room:
        def run(self, *_: object, **__: object) -> object:
            raise Trouble("as far as this")

    with pytest.raises(Trouble, match="as far as this"):
        packing.pack(
            Room(),  # type: ignore[arg-type]
            tmp_path,
            tmp_path / "out",
            {},
            name="experiment",
            files=[],
            limit=1,
            tree=tmp_path,
            cache=tmp_path,
        )
    assert not (tmp_path / "planted").exists() and (tmp_path / "out" / "request.json").is_file()
