"""Tars from training with misleading headers: they are reported, and nothing is written."""

import hashlib
import tarfile
from pathlib import Path

import pytest

from experiments.settings.declared import Declared
from runners.agent import checkpoints
from runners.agent.checkpoints import WantedCheckpoints
from runners.agent.errors import Trouble
from runners.agent.files import Below
from services.dvc.extract.problems import ProblemList
from services.dvc.extract.results import returned
from services.dvc.extract.tree import Tree


def header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("plots/a")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def said(**attributes: str) -> bytes:
    info = tarfile.TarInfo("plots/a")
    info.pax_headers = {name.replace("_", "."): value for name, value in attributes.items()}
    return info.tobuf(tarfile.PAX_FORMAT)


TARS = {
    "names of names of names": (header(b"L", 8) + b"plots/a\0".ljust(512, b"\0")) * 3000,
    "a name of an exabyte": header(b"L", 1 << 60),
    "a name longer than a number may be": header(b"L", (1 << 63) - 1),
    "attributes of an exabyte": header(b"x", 1 << 60),
    "a place beyond all places": header(b"0", 1 << 63) + bytes(512),
    "a map of holes without numbers": said(GNU_sparse_map="x"),
    "a size that is none": said(size="x"),
    "a size below nothing": said(size="-1024"),
}


@pytest.fixture(params=TARS)
def tar(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return one such tar."""
    place = tmp_path / "files.tar"
    place.write_bytes(TARS[request.param] + bytes(1024))
    return place


def test_results_in_such_a_tar_are_reported_as_no_tar(tar: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    problems = ProblemList(root)
    returned.unpack(Tree(root, root, problems, Declared()), tar, ["plots"])
    assert not [path for path in root.rglob("*") if path.is_file() and path.stat().st_size]
    assert all("came back with the results" in each for each in problems.told)


def test_a_checkpoint_in_such_a_tar_ends_the_run_with_a_sentence(tar: Path, tmp_path: Path) -> None:
    root, data = tmp_path / "tree", tar.read_bytes()
    root.mkdir()
    wanted = WantedCheckpoints(("plots",), 1, 10**9, len(data), hashlib.sha256(data).hexdigest())
    try:
        checkpoints.unpack(tar, wanted, Below(root))
    except Trouble as trouble:
        assert "The checkpoint cannot be unpacked" in str(trouble)
    assert not [path for path in root.rglob("*") if path.is_file() and path.stat().st_size]
