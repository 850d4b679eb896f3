"""Decodes the pictures of a commit, in this process without network, with the kernel's limits of time and memory."""

import io
import warnings

from PIL import Image

from experiments.pixels import LARGEST, Pixels, packed
from services.dvc.extract.documents import Unreadable

PACKED = 400_000  # characters of one packed picture; a larger one is shrunk until it fits
SMALLEST = 50  # pixels on a side; this always fits
SIDE = 4000  # pixels on a side of a picture file, checked before anything is decoded
FORMATS = ("PNG", "JPEG", "GIF")


def read(data: bytes) -> str:
    """Return the first frame of a picture file on white, packed. Raises Unreadable."""
    picture = _decoded(data)
    side = LARGEST
    while True:
        picture.thumbnail((side, side))
        text = packed(Pixels(*picture.size, picture.tobytes()))
        if len(text) <= PACKED or side <= SMALLEST:
            return text
        side = side * 3 // 4


def _decoded(data: bytes) -> Image.Image:
    """Decode the first frame. Raises Unreadable: Pillow reports bad bytes by many kinds of errors."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if max(picture.size) > SIDE:
                    raise Unreadable(f"it is larger than {SIDE:,} pixels on a side")
                picture.thumbnail((LARGEST, LARGEST))
                seen = picture.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable(f"it is larger than {SIDE:,} pixels on a side") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError):
        raise Unreadable("it is damaged: it could not be decoded") from None
    page = Image.new("RGBA", seen.size, "white")
    page.alpha_composite(seen)
    return page.convert("RGB")
