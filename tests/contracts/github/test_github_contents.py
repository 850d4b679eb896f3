"""A file at a commit through the contents API, against a local GitHub that answers as the real one does."""

from collections.abc import Callable

import pytest

from bot.errors import NotFound, UserError
from services.github.contents import LIMIT, LISTED
from tests.contracts.git.workbench import Files, text
from tests.contracts.github.test_github import Place, place

__all__ = ["place"]
PATH = ".github/studio.yml"
Read = Callable[[Files], bytes | None]


@pytest.fixture
def at(place: Place) -> Read:
    """Return a function that reads a file at a commit of these files, which is on no branch that the bot fetched."""

    def read(files: Files) -> bytes | None:
        sha = place.bench.commit(files)
        place.bench.git("push", "--quiet", "--force", str(place.bare.repository.folder), f"{sha}:refs/heads/tried")
        return place.github.file(place.repository, sha, PATH)

    return read


def test_a_file_is_read_with_its_bytes(at: Read) -> None:
    assert at({PATH: text("timeout: 3h\n")}) == b"timeout: 3h\n"
    assert at({PATH: ("100755", b"\xff\x00" * 1000)}) == b"\xff\x00" * 1000
    assert at({PATH: text("")}) == b""


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": text("no folder")},
        {".github/other.yml": text("no file")},
        {f"{PATH}/inside": text("a folder")},
        {".github": text("a file in the folder's place")},
        {PATH: ("120000", b"../README.md"), "README.md": text("where it leads")},
        {PATH: ("120000", b"../nowhere")},
        {".github": ("120000", b"elsewhere"), "elsewhere/studio.yml": text("where the folder leads")},
    ],
)
def test_a_path_that_is_no_file_reads_as_none(at: Read, files: Files) -> None:
    assert at(files) is None


def test_a_submodule_reads_as_none(place: Place) -> None:
    sha = place.bench.commit({PATH: ("160000", place.base.encode()), ".gitmodules": text("")})
    place.bench.git("push", "--quiet", str(place.bare.repository.folder), f"{sha}:refs/heads/tried")
    assert place.github.file(place.repository, sha, PATH) is None


def test_a_commit_that_github_lacks_is_distinguished_from_a_missing_file(place: Place) -> None:
    with pytest.raises(NotFound):
        place.github.file(place.repository, "f" * 40, PATH)


def test_a_file_is_read_up_to_a_limit(at: Read) -> None:
    assert at({PATH: text("x" * LIMIT)}) == b"x" * LIMIT
    with pytest.raises(UserError, match="1,000,001 bytes long"):
        at({PATH: text("x" * (LIMIT + 1))})


def test_a_file_that_github_does_not_list_is_not_called_absent(at: Read) -> None:
    many: Files = {**{f".github/{number:04}": text("") for number in range(LISTED)}, PATH: text("")}
    with pytest.raises(UserError, match="so many files"):
        at(many)
