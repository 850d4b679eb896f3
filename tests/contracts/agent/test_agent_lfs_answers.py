"""Answers of a host for Git LFS: the agent trusts none of them, and no token reaches anybody else."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from runners.agent.data import lfs
from runners.agent.data.addresses import refused
from runners.agent.env_vars import basic
from runners.agent.errors import Stopped, Trouble
from runners.agent.output.log import Journal
from runners.agent.specification import LfsFile
from tests.units.agent.agent_samples import LIMITS, SPECIFICATION, limited

DATA = b"1,2\n" * 1000
OID = hashlib.sha256(DATA).hexdigest()
FILE = LfsFile("data.csv", OID, len(DATA), True)


class Host:
    """Answer one batch as a test says, and serve what a test says."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []  # path and Authorization of each request
        self.href = ""
        self.header: dict[str, str] = {}
        self.content = DATA
        self.statuses: list[int] = []  # of the first answers; 200 for all others
        self.location = ""
        self.batch: Callable[[], Any] = self.usual
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.say(json.dumps(host.batch()).encode())

            def do_GET(self) -> None:
                self.say(host.content)

            def say(self, body: bytes) -> None:
                host.heard.append((self.path, self.headers["Authorization"] or ""))
                self.send_response(host.statuses.pop(0) if host.statuses else 200)
                self.send_header("Content-Length", str(len(body)))
                if host.location:
                    self.send_header("Location", host.location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def usual(self) -> Any:
        action = {"href": self.href or f"{self.url}/stored", "header": self.header}
        return {"objects": [{"oid": OID, "size": len(DATA), "actions": {"download": action}}]}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.close()


class Place:
    """Hold a tree with the pointer, and fetch its content."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.folder, self.host, self.why = folder, host, ""
        self.tree = folder / "tree"
        self.tree.mkdir()
        text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(DATA)}\n"
        (self.tree / "data.csv").write_text(text)

    def bring(self, *files: LfsFile, **limits: int) -> Any:
        known = limited(**limits) if limits else LIMITS
        asked = replace(SPECIFICATION, clone_url=f"{self.host.url}/o/r.git", lfs=files or (FILE,), limits=known)
        journal = Journal([asked.clone_token], known)
        return lfs.LfsFetcher(
            asked, self.folder / "kept", self.tree, journal, lambda: self.why, waits=(0.0, 0.0)
        ).bring()

    @property
    def content(self) -> bytes:
        return (self.tree / "data.csv").read_bytes()


@pytest.fixture
def place(tmp_path: Path, host: Host) -> Place:
    return Place(tmp_path, host)


def test_the_token_goes_to_the_repository_and_the_storage_gets_only_the_answers_headers(place: Place) -> None:
    place.host.header = {"Authorization": "RemoteAuth storage-key"}
    git = hashlib.sha1(b"blob %d\0" % len(DATA) + DATA, usedforsecurity=False).hexdigest()
    assert place.bring() == {"data.csv": git} and place.content == DATA
    batch, stored = place.host.heard
    assert batch == (
        "/o/r.git/info/lfs/objects/batch",
        f"Basic {basic(SPECIFICATION.clone_login, SPECIFICATION.clone_token)}",
    )
    assert stored == ("/stored", "RemoteAuth storage-key")


def test_storage_without_headers_gets_none(place: Place) -> None:
    place.bring()
    assert place.host.heard[1] == ("/stored", "")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (DATA[:-1], "what the host gives is not what the pointer names"),
        (DATA[:-1] + b"9", "what the host gives is not what the pointer names"),
        (DATA + b"9", "what the host gives is longer than the pointer says"),
    ],
)
def test_only_content_that_the_pointer_names_is_accepted(place: Place, content: bytes, why: str) -> None:
    place.host.content = content
    before = place.content
    with pytest.raises(Trouble, match=f"^`data.csv` of Git LFS could not be fetched: {why}.$"):
        place.bring()
    assert place.content == before and not list((place.folder / "kept").iterdir())


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest", "http://127.0.0.1:1/"])
def test_no_redirect_is_followed(place: Place, location: str) -> None:
    place.host.location, place.host.statuses = location, [302]
    with pytest.raises(Trouble, match="answers 302"):
        place.bring()
    place.host.statuses = [200, 302]
    with pytest.raises(Trouble, match="answers 302"):
        place.bring()


@pytest.mark.parametrize("href", ["http://127.0.0.1:1/x", "https://169.254.169.254/x", "http://storage.example/x"])
def test_a_download_from_a_forbidden_address_is_not_requested(place: Place, href: str) -> None:
    place.host.href = href
    with pytest.raises(Trouble, match="the host sends to"):
        place.bring()
    assert len(place.host.heard) == 1


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"objects": None},
        {"objects": [{}]},
        {"objects": []},
        {"objects": [{"oid": OID}]},
        {"objects": [{"oid": OID, "actions": {"download": {}}}]},
        {"objects": [{"oid": OID, "actions": {"download": {"href": "http://[x/"}}}]},
        {"objects": [{"oid": OID, "error": {"code": 410, "message": "gone\nfor ever"}}]},
        {"objects": [{"oid": OID, "error": None}]},
        {"objects": [{"oid": OID, "actions": {"download": {"href": "SAME", "header": {"X": "a\nb"}}}}]},
    ],
)
def test_every_malformed_answer_ends_in_a_sentence(place: Place, answer: Any) -> None:
    text = json.dumps(answer).replace("SAME", f"{place.host.url}/stored")
    place.host.batch = lambda: json.loads(text)
    with pytest.raises(Trouble, match=r"^`data.csv` of Git LFS could not be fetched: [^\n]*\.$"):
        place.bring()


def test_a_host_that_is_briefly_away_is_asked_again(place: Place) -> None:
    place.host.statuses = [503, 429, 200, 500]
    place.bring()
    assert place.content == DATA and len(place.host.heard) == 5
    (place.folder / "kept" / OID).unlink()


def test_content_that_may_not_be_read_is_requested_once(place: Place) -> None:
    place.host.statuses = [403]
    with pytest.raises(Trouble, match="answers 403"):
        place.bring()
    assert len(place.host.heard) == 1


def test_a_stopped_run_stops_fetching(place: Place) -> None:
    place.why = "Cancelled."
    with pytest.raises(Stopped):
        place.bring()


def test_a_download_over_the_limit_is_not_begun(place: Place) -> None:
    with pytest.raises(Trouble, match="more files of Git LFS than it may"):
        place.bring(lfs=len(DATA) - 1)
    assert place.host.heard == []


HOME = "https://github.example/o/r.git"


@pytest.mark.parametrize(
    "address",
    [
        "http://storage.example/x",
        "file:///etc/passwd",
        "ftp://github.example/x",
        "https://127.0.0.1/x",
        "https://127.0.0.1:8443/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://0.0.0.0/x",
        "https://2130706433/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/x",
        "https://ada:secret@github.example/x",
        "https:///x",
        "https://github.example:99999/x",
        "//storage.example/x",
        "",
    ],
)
def test_a_download_never_leads_to_this_machine_or_away_from_https(address: str) -> None:
    assert refused(address, HOME)


@pytest.mark.parametrize("address", ["https://github.example/x", "https://192.0.2.7/x", "https://10.0.0.5:9000/x"])
def test_a_host_may_keep_its_objects_on_another_one(address: str) -> None:
    assert refused(address, HOME) == ""


def test_a_download_on_this_machine_must_be_from_the_repositorys_own_host() -> None:
    home = "http://127.0.0.1:8000/o/r.git"
    assert refused("http://127.0.0.1:8000/x", home) == ""
    assert refused("http://127.0.0.1:6379/x", home) and refused("https://127.0.0.1:8000/x", home)
