"""Requests of a stranger to the web process, as the Procfile starts it: they are answered, never with an error of
ours.
"""

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.attacks.doors import PASSWORD, opened


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[int]:
    """Yield the port of the web process."""
    with opened(tmp_path_factory.mktemp("door"), redis_url) as port:
        yield port


def test_no_header_changes_the_address_of_a_page(door: int) -> None:
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
    assert answer.split()[1:2] == [b"411"], answer
