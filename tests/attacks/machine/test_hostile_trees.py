"""Whatever training leaves in its folders, the agent writes and changes nothing outside of them."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.agent.data import dvc_cache
from runners.agent.errors import Trouble

DATA = b"an object that an earlier run left"
NAME = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
PLACES = ("files", "files/md5", f"files/md5/{NAME[:2]}", f"files/md5/{NAME[:2]}/{NAME[2:]}", "runs")
WAYS = ("link", "dangling", "up", "file", "pipe", "folder")


def put(place: Path, way: str, outside: Path) -> None:
    """Put something that training may leave at a path."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(place):
        return  # a pipe would make its reader wait
    match way:
        case "link":
            place.symlink_to(outside)
        case "dangling":
            place.symlink_to(outside / "not there")
        case "up":
            place.symlink_to("../../../../outside")
        case "file":
            place.write_bytes(b"x")
        case "pipe":
            os.mkfifo(place)
        case _:
            place.mkdir(exist_ok=True)


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(WAYS)), max_size=4))
def test_seeding_a_cache_that_foreign_code_wrote_leaves_it_never(left: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        kept, own, outside = root / "kept", root / "own", root / "outside"
        for each in (kept, own, outside):
            each.mkdir()
        (outside / "theirs").write_bytes(b"another repository's")
        there = kept / "files" / "md5" / NAME[:2] / NAME[2:]
        there.parent.mkdir(parents=True)
        there.write_bytes(DATA)
        for place, way in left:
            with suppress(OSError):  # a file is in the place of a folder
                put(own / place, way, outside)
        before = state(outside)
        with suppress(Trouble):
            dvc_cache.seed(kept, own, [NAME], str, runs=True)
        assert state(outside) == before
        assert there.read_bytes() == DATA, "what is kept stays, whatever the run's own cache became"


def test_a_folder_that_became_a_link_is_reported(tmp_path: Path) -> None:
    kept, own = tmp_path / "kept", tmp_path / "own"
    place = kept / "files" / "md5" / NAME[:2]
    place.mkdir(parents=True)
    (place / NAME[2:]).write_bytes(DATA)
    (own / "files" / "md5").mkdir(parents=True)
    (own / "files" / "md5" / NAME[:2]).symlink_to(tmp_path)
    with pytest.raises(Trouble, match="of the run's DVC cache is no folder any more"):
        dvc_cache.seed(kept, own, [NAME], str, runs=False)
    assert not (tmp_path / NAME[2:]).exists()
