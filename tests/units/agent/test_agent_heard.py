"""The agent reads an answer that the bot sends before it has read the whole request, and then closes."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runners.agent.client import Client
from runners.agent.errors import Gone, Trouble
from runners.agent.specification import Bootstrap

ANSWER = b"no more is kept\n"
REFUSAL = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)


class Hasty:
    """Read the head of each request and no more, send an answer, and close."""

    def __init__(self, answer: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.asked = 0
        self._said, self._tls = answer, tls
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://localhost:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:  # the test is over
                return
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                seen = b""
                while b"\r\n\r\n" not in seen:
                    seen += connection.recv(100)
                self.asked += 1
                connection.sendall(self._said)
                connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a file larger than all buffers between a client and a server."""
    path = tmp_path / "large.tar"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    return path


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return a certificate that the clients of this test trust."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return context


@pytest.fixture(params=["direct", "proxy", "tls"])
def hasty(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> Iterator[Hasty]:
    """Return a server that refuses every request, over HTTP and over HTTPS."""
    server = Hasty(REFUSAL, tls if request.param == "tls" else None)
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if request.param == "proxy":
        monkeypatch.setenv("http_proxy", server.url)
        server.url = "http://bot.example"
    yield server
    server.close()


@pytest.fixture
def silent() -> Iterator[Hasty]:
    server = Hasty(b"")
    yield server
    server.close()


def test_a_refusal_before_the_end_of_the_body_is_read(hasty: Hasty, large: Path) -> None:
    client = Client(Bootstrap(hasty.url, "r1", 1, "token"), patience=0.0)
    with pytest.raises(Trouble, match=r"with status 413: no more is kept\."):
        client.put("experiment.tar", large)
    with pytest.raises(Trouble, match=r"with status 413: no more is kept\."):
        client.keep(large)
    assert hasty.asked == 2, "each is sent once"


def test_a_bot_that_closes_without_an_answer_counts_as_away(silent: Hasty, large: Path) -> None:
    with pytest.raises(Gone, match="did not answer files/bundle"):
        Client(Bootstrap(silent.url, "r1", 1, "token"), patience=0.0).put("bundle", large)
