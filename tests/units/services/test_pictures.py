"""Picture files become pixels, or a reason why not."""

import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image

from experiments.pixels import unpacked
from services.dvc.extract.documents import Unreadable
from services.dvc.extract.results import pictures


def file(picture: Image.Image, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_a_picture_is_read_pixel_by_pixel(form: str) -> None:
    found = unpacked(pictures.read(file(Image.new("L", (30, 20), 200), form)))
    assert found is not None
    assert (found.width, found.height, set(found.rgb)) == (30, 20, {200})


def test_transparent_pixels_are_white() -> None:
    found = unpacked(pictures.read(file(Image.new("RGBA", (1, 1), (0, 0, 0, 0)))))
    assert found is not None
    assert found.rgb == b"\xff\xff\xff"


def test_a_noisy_picture_is_shrunk_until_it_fits() -> None:
    noise = Image.frombytes("RGB", (900, 600), hashlib.shake_128(b"noise").digest(900 * 600 * 3))
    text = pictures.read(file(noise))
    found = unpacked(text)
    assert found is not None
    assert len(text) <= pictures.PACKED
    assert (found.width, found.height) == pytest.approx((found.height * 1.5, found.height), abs=1)
    assert found.width > 300, "people still see what it is"


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that claims to be this large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize(
    ("hostile", "why"),
    [
        (b"", "damaged"),
        (b"<svg/>", "damaged"),
        (bomb(4001, 10), "4,000 pixels"),
        (bomb(60_000, 60_000), "4,000 pixels"),
        (bomb(100, 100), "damaged"),
        (file(Image.new("P", (9, 9), 3))[:60], "damaged"),
    ],
)
def test_a_file_that_is_no_picture_or_too_large_is_refused(hostile: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        pictures.read(hostile)
