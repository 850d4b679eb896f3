"""Code that builds packages and looks for credentials of package indexes: it finds only those of its own
repository, which can only read.
"""

import base64
import io
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from experiments.fleet.indexes import index_for
from experiments.fleet.reading import FleetError, read_fleet
from runners.agent.env_vars import INDEXES, PIP
from tests.contracts.agent.agent_bench import Bench, project
from tests.contracts.agent.agent_remote import unnamed

pytestmark = pytest.mark.timeout(300)

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'
# What it finds is printed backwards, so that the log does not hide it.
BACKEND = """
import os
def build_wheel(*_):
    raise SystemExit("found " + " ".join(value[::-1] for value in os.environ.values()))
build_editable = build_wheel
"""
FLEET = """
indexes:
  lab: {url: "http://127.0.0.1:9/simple", repositories: [ada/*], username: LAB_USER, password: LAB_READER}
  others: {url: "http://127.0.0.1:9/others", repositories: [grace/digits], password: GRACE_READER}
"""
UNNAMED = unnamed("[core]\nremote = storage\n['remote \"storage\"']\nurl = s3://models/iris\n") or {}
VALUES = {"LAB_USER": "reader-of-ada", "LAB_READER": "canary/of/ada", "GRACE_READER": "canary-of-grace"}


class Index(BaseHTTPRequestHandler):
    """Serve a package index with one source package to clients that sign in."""

    asked: ClassVar[set[str]] = set()
    paths: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        """Serve `/simple/NAME/` and the files that it lists."""
        self.asked.add(self.headers.get("Authorization", ""))
        self.paths.add(self.path)
        known = {"/simple/dvc/": b'<a href="/dvc-1.tar.gz">dvc-1.tar.gz</a>', "/dvc-1.tar.gz": source()}
        content = known.get(self.path)
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def source() -> bytes:
    """Return the source package."""
    files = {
        "pyproject.toml": PYPROJECT,
        "back.py": BACKEND,
        "PKG-INFO": "Metadata-Version: 1.0\nName: dvc\nVersion: 1\n",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"dvc-1/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


@pytest.fixture
def url() -> Iterator[str]:
    """Yield the address of the index."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()


def test_a_build_finds_its_repositorys_index_and_not_the_machines(
    machine: Bench, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's index is the operator's, who may write."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://writer:canary-of-the-machine@127.0.0.1:9/simple")
    monkeypatch.setenv("UV_INDEX", "http://writer:canary-of-the-machine@127.0.0.1:9/more")
    asked = project(tmp_path, 1)
    asked.commit({"requirements.txt": "dvc==1\n"})
    index = index_for(read_fleet(FLEET.replace("http://127.0.0.1:9/simple", url)).indexes, VALUES, "Ada/iris")
    machine.train(asked, index=index)
    assert machine.api.done["exit_code"] != 0
    said = str(machine.api.text) + str(machine.api.done["reason"])
    assert Index.asked >= {f"Basic {base64.b64encode(b'reader-of-ada:canary/of/ada').decode()}"}
    assert "found " in said and "canary%2Fof%2Fada"[::-1] in said, said
    assert "canary-of-the-machine"[::-1] not in said
    assert "canary/of/ada" not in said and "canary%2Fof%2Fada" not in said, "the log has it as it is nowhere"


def test_the_agents_own_tools_never_come_from_a_repositorys_index(
    machine: Bench, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All repositories of the machine get them. Hashes would not help, as packages that are built have none."""
    for name in (*INDEXES, *PIP):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", url.replace("/simple", "/machine"))
    asked = project(tmp_path, 1)
    locked = f"dvc==1 --hash=sha256:{'0' * 64}\n"
    plugin = {"name": "dvc-s3", "requirements": locked}
    remote = {**UNNAMED, "plugin": plugin, "read": {}}
    index = index_for(read_fleet(FLEET.replace("http://127.0.0.1:9/simple", url)).indexes, VALUES, "ada/iris")
    Index.paths.clear()
    machine.train(asked, index=index, remote=remote, script=[])  # a fetch, which needs only our own DVC
    assert "`s3://` needs `dvc-s3`" in machine.api.done["reason"], machine.api.done
    assert "/machine/dvc/" in Index.paths
    assert not [path for path in Index.paths if path.startswith("/simple")], Index.paths


def test_each_repository_gets_its_own_index() -> None:
    indexes = read_fleet(FLEET).indexes
    assert index_for(indexes, VALUES, "grace/digits") == {
        "url": "http://127.0.0.1:9/others",
        "username": "__token__",
        "password": "canary-of-grace",
    }
    assert index_for(indexes, VALUES, "mallory/digits") is None
    assert {*VALUES} == {*read_fleet(FLEET).variables}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{url: 'https://me:secret@host/simple', repositories: [a/b], password: P}", "indexes.x.url"),
        ("{url: 'https://host/simple', repositories: [a/b]}", "indexes.x.password"),
        ("{url: 'https://host/simple', repositories: [], password: P}", "indexes.x.repositories"),
        ("{url: 'https://host/simple', repositories: [a/b], password: secret!}", "indexes.x.password"),
    ],
)
def test_a_password_is_written_to_no_file(entry: str, why: str) -> None:
    with pytest.raises(FleetError, match=why):
        read_fleet(f"indexes: {{x: {entry}}}")
