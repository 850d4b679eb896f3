"""Pictures as plain pixels, so that only the process that reads commits decodes image files from others."""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

LARGEST = 1000  # pixels on either side, which is enough for a comment
_PACKED = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3}):([A-Za-z0-9+/=]*)")


@dataclass(frozen=True)
class Pixels:
    """A picture without transparency."""

    width: int
    height: int
    rgb: bytes  # three bytes a pixel, row by row from the top left


def packed(pixels: Pixels) -> str:
    """Return a picture as text: width, height, and the compressed bytes in base64."""
    return f"{pixels.width}x{pixels.height}:{base64.b64encode(zlib.compress(pixels.rgb)).decode()}"


def unpacked(text: str) -> Pixels | None:
    """Return the picture that `packed` made into this text. None for any other text, or more than `LARGEST` pixels on a
    side."""
    found = _PACKED.fullmatch(text)
    if found is None:
        return None
    width, height = int(found[1]), int(found[2])
    if max(width, height) > LARGEST:
        return None
    size = width * height * 3
    try:
        rgb = zlib.decompressobj().decompress(base64.b64decode(found[3], validate=True), size + 1)
    except (zlib.error, binascii.Error):
        return None
    return Pixels(width, height, rgb) if len(rgb) == size else None


def is_packed(text: str) -> bool:
    """Return whether a text begins like one that `packed` made."""
    return _PACKED.match(text) is not None
