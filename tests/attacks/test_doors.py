"""What a stranger sends to the web process, as the Procfile starts it: answers, never an error of ours."""

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.ports import free_port
from sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
PASSWORD = "a-password-of-the-operator"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[int]:
    """The port of the web process."""
    folder = tmp_path_factory.mktemp("door")
    sandbox = Sandbox(folder / "github")
    sandbox.start()
    sandbox.add_user("grace")
    sandbox.add_repository("grace/digits")
    app = sandbox.install_app("ml-studio", ["grace/digits"], "http://127.0.0.1:1/webhook", "s" * 20)
    port = free_port()
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PORT": str(port),
        "GITHUB_APP_ID": str(app.app.id),
        "GITHUB_PRIVATE_KEY": app.private_key,
        "GITHUB_WEBHOOK_SECRET": "s" * 20,
        "GITHUB_API_URL": sandbox.api_url,
        "GITHUB_URL": sandbox.url,
        "REDIS_URL": redis_url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": str(folder / "data"),
        "OPERATOR_PASSWORD": PASSWORD,
    }
    web = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web: "))
    line = web.removeprefix("web: ").replace("${PORT:-8000}", str(port))
    process = subprocess.Popen(shlex.split(line), cwd=ROOT, env=environ, start_new_session=True)
    try:
        while not _is_open(port):
            assert process.poll() is None, "the web process ended"
        yield port
    finally:
        process.terminate()
        process.wait(30)
        sandbox.stop()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_no_header_moves_a_page_to_another_place(door: int) -> None:
    here = f"http://127.0.0.1:{door}"
    assert httpx.get(f"{here}/operator", auth=("operator", PASSWORD), timeout=90).status_code == 200
    for name in ("SCRIPT_NAME", "SCRIPT-NAME", "PATH_INFO"):
        answer = httpx.get(f"{here}/plots/operator", headers={name: "/plots"}, auth=("operator", PASSWORD), timeout=90)
        assert answer.status_code == 404, name


@pytest.mark.parametrize("path", [b"/webhook", b"/api/runs/a0a01edf4c3b75eb/beat"])
@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"5\r\nab", b"5;x=\x00\r\nabcde\r\n0\r\n\r\n"])
def test_a_bad_chunk_is_answered(door: int, path: bytes, chunk: bytes) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", door), timeout=90) as connection:
        connection.sendall(head + chunk)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").readline()
    assert answer.split()[1:2] in ([b"400"], [b"401"], [b"404"]) or answer == b"", answer
