"""Checks whether GitHub and browsers reach the bot: its sign of life, and a picture as a comment shows it."""

import base64
import html
import re
import struct
import zlib

import httpx

from bot.settings import Settings
from doctor.finding import DoctorCheck, NotProven, Wrong
from experiments.experiment import Repository
from services.files.images import PlotFiles
from services.github.registration import Registration

NOBODYS = Repository(0, "", 0)  # that pictures of no repository are counted for
_SHOWN = re.compile(r'<img\b[^>]*?\bsrc="(?P<address>[^"]+)"')


def sign_of_life(settings: Settings, web: httpx.Client) -> DoctorCheck:
    """Return the check that the web process answers at its public address."""
    return DoctorCheck(
        "alive",
        "PUBLIC_URL leads to the bot",
        "Start the `web` process, and look at the reverse proxy, the certificate and the firewall in front of it.",
        lambda: _alive(settings.public_url, web),
    )


def picture(kept: "TestPicture") -> DoctorCheck:
    """Return the check that the web process serves the folder of pictures."""
    return DoctorCheck(
        "picture",
        "Pictures are at public addresses",
        "The `web` process must see the same DATA_DIR, and no login may stand before PUBLIC_URL/plots.",
        kept.is_served,
        needs=("alive", "data"),
    )


def _alive(public_url: str, web: httpx.Client) -> str:
    answer = web.get(f"{public_url}/healthz")
    if answer.status_code != 200 or answer.text != "ok\n":
        raise Wrong(f"{public_url}/healthz answers {answer.status_code} {answer.text[:60]!r} and not 200 'ok'")
    return f"{public_url}/healthz answers from here"


class TestPicture:
    """A picture that is new each time, because proxies remember what they fetched."""

    def __init__(self, images: PlotFiles, web: httpx.Client, name: str) -> None:
        self._images, self._web = images, web
        self._png = pixel(name)
        self._address = ""

    def is_served(self) -> str:
        """Publish the picture and check that its public address gives it to everybody. Raises Wrong."""
        self._address = self._images.keep(self._png, NOBODYS)
        self._expect(self._web.get(self._address), self._address)
        return f"{self._address}, without a login"

    def is_shown(self, registration: Registration, repository: Repository) -> str:
        """Check that GitHub's proxy for pictures can fetch it. Raises Wrong; NotProven where there is no such proxy."""
        page = registration.html(repository, f"![A pixel]({self._address})")
        found = _SHOWN.search(page)
        if found is None:
            raise Wrong(f"GitHub shows no picture where a comment has one: {page[:200]!r}")
        address = html.unescape(found["address"])
        if address == self._address:
            raise NotProven("this GitHub has no proxy for pictures: the reader's browser loads them from PUBLIC_URL")
        self._expect(self._web.get(address), "GitHub's proxy")
        return "GitHub's proxy fetched it from PUBLIC_URL"

    def remove(self) -> None:
        """Delete the picture."""
        if self._address:
            self._images.forget(self._png, NOBODYS)

    def _expect(self, answer: httpx.Response, who: str) -> None:
        kind = answer.headers.get("content-type", "no content type")
        if answer.status_code != 200 or kind != "image/png" or answer.content != self._png:
            raise Wrong(f"{who} answers {answer.status_code} with {kind}, {len(answer.content)} bytes")


def pixel(words: str) -> bytes:
    """Return a PNG of one grey pixel (https://www.w3.org/TR/png-3/); other words give other bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    text = b"Comment\0" + base64.b16encode(words.encode())
    chunks = (
        chunk(b"IHDR", size) + chunk(b"tEXt", text) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + chunks
