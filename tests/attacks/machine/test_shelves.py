"""Whatever a folder that is a DVC remote contains, the agent writes nothing outside of it and changes nothing in it."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.agent.data.adding import Added, Shelf
from runners.agent.errors import Stopped
from tests.attacks.machine.test_folder_remotes import at, state
from tests.attacks.machine.test_hostile_trees import DATA, NAME, WAYS
from tests.attacks.machine.test_hostile_trees import put as leave
from tests.contracts.agent.agent_bench import digest, put

PLACES = ("lab", "lab/files", "lab/files/md5", f"lab/files/md5/{NAME[:2]}", f"lab/files/md5/{NAME[:2]}/{NAME[2:]}")
FIRST, SECOND = b"the first file of a folder", b"and the second"
LIST = f'[{{"md5": "{digest(FIRST)}", "relpath": "a"}}, {{"md5": "{digest(SECOND)}", "relpath": "b"}}]'.encode()
FOLDER = f"{digest(LIST)}.dir"


def listing(objects: Path) -> Path:
    """Return the path of the folder's list."""
    return objects / "files" / "md5" / FOLDER[:2] / FOLDER[2:]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return an empty remote, and a cache with a folder of two files."""
    for content in (FIRST, SECOND, LIST):
        put(tmp_path / "kept", content)
    at(tmp_path / "kept", LIST).rename(listing(tmp_path / "kept"))
    (tmp_path / "remote").mkdir()
    return Shelf(tmp_path / "remote", tmp_path / "remote", tmp_path / "kept")


def add(shelf: Shelf, *names: str) -> Added:
    return shelf.add(names, lambda: "")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(WAYS)), max_size=4))
def test_links_in_a_remote_lead_nowhere_and_what_is_there_stays(left: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        kept, remote, outside = root / "kept", root / "remote", root / "outside"
        for each in (kept, remote, outside):
            each.mkdir()
        (outside / "theirs").write_bytes(b"another repository's")
        put(kept, DATA)
        for place, way in left:
            with suppress(OSError):  # a file is in the place of a folder
                leave(remote / place, way, outside)
        before, there = state(outside), {path for path in remote.rglob("*") if not path.is_dir() or path.is_symlink()}
        links = {path: path.readlink() for path in there if path.is_symlink()}
        contents = {path: path.read_bytes() for path in there if path.is_file() and not path.is_symlink()}
        with suppress(OSError):
            shelf = Shelf(remote, remote / "lab", kept)
            assert add(shelf, NAME).missing or at(remote / "lab", DATA).read_bytes() == DATA
        assert state(outside) == before
        assert {path: path.readlink() for path in links} == links
        assert {path: path.read_bytes() for path in contents} == contents


def test_a_folder_is_added_with_its_files_first_and_its_list_last(shelf: Shelf) -> None:
    assert add(shelf, FOLDER) == Added()
    assert at(shelf.place, FIRST).read_bytes() == FIRST and listing(shelf.place).read_bytes() == LIST
    assert {path.stat().st_mode & 0o777 for path in shelf.place.rglob("*") if path.is_file()} == {0o444}
    at(shelf.cache, FIRST).unlink()
    assert add(shelf, FOLDER) == Added(), "what the remote has is not needed here"
    at(shelf.place, FIRST).unlink()
    listing(shelf.place).unlink()
    assert add(shelf, FOLDER) == Added(gone=[digest(FIRST)])
    assert not listing(shelf.place).exists(), "who has the list believes that its files are there"


def test_only_objects_with_the_right_hash_are_added(shelf: Shelf) -> None:
    at(shelf.cache, FIRST).write_bytes(b"forged")
    listing(shelf.cache).write_bytes(LIST + b" ")
    assert set(add(shelf, FOLDER, digest(FIRST)).broken) == {digest(FIRST), FOLDER}
    assert state(shelf.place) == {} and not at(shelf.cache, FIRST).exists()


def test_an_existing_object_with_other_content_stays_and_is_reported(shelf: Shelf) -> None:
    put(shelf.place, FIRST)
    at(shelf.place, FIRST).write_bytes(b"forged")
    assert add(shelf, digest(FIRST)) == Added(other=[digest(FIRST)])
    assert at(shelf.place, FIRST).read_bytes() == b"forged"
    at(shelf.cache, FIRST).write_bytes(b"it is ours that is damaged")
    put(shelf.place, FIRST)
    assert add(shelf, digest(FIRST)) == Added()


def test_a_stopped_push_leaves_no_partial_object(shelf: Shelf) -> None:
    with pytest.raises(Stopped):
        shelf.add([digest(FIRST)], lambda: "Cancelled.")
    assert state(shelf.place) == {}


@pytest.mark.parametrize("forged", [b"[]", LIST.replace(digest(SECOND).encode(), digest(b"never pushed").encode())])
def test_a_forged_list_of_a_folder_is_reported_and_not_followed(tmp_path: Path, forged: bytes) -> None:
    """Somebody else who writes to the remote left it there; the list itself is not kept here."""
    remote, kept = tmp_path / "remote", tmp_path / "kept"
    put(kept, b"never pushed")
    listing(remote).parent.mkdir(parents=True)
    listing(remote).write_bytes(forged)
    before = state(remote)
    assert add(Shelf(remote, remote, kept), FOLDER) == Added(other=[FOLDER])
    assert state(remote) == before


def test_copying_a_long_list_ends_with_the_run(shelf: Shelf) -> None:
    with pytest.raises(Stopped, match="over"):
        shelf.add([FOLDER], lambda: "over")
