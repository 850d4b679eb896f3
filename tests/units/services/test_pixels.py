"""Pictures as text that only `packed` writes, and that unpacks to no more than a comment shows."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.pixels import LARGEST, Pixels, is_packed, packed, unpacked


@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
def test_a_picture_comes_back_as_it_was(width: int, height: int, random) -> None:  # type: ignore[no-untyped-def]  # random.Random
    pixels = Pixels(width, height, random.randbytes(width * height * 3))
    assert unpacked(packed(pixels)) == pixels
    assert is_packed(packed(pixels))


def text(size: str, content: bytes) -> str:
    return f"{size}:{base64.b64encode(zlib.compress(content)).decode()}"


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "1x1",
        "1x1:!",
        "1x1:AAAA",
        text("1x1", b"12"),
        text("1x1", b"1234"),
        text("0x1", b""),
        text("1x1", b"0" * 100_000_000),
        text(f"{LARGEST + 1}x1", b"0" * 3 * (LARGEST + 1)),
        text("-1x-1", b"123"),
        f"{text('1x1', b'123')}\n",
    ],
)
def test_any_other_text_is_no_picture(hostile: str) -> None:
    assert unpacked(hostile) is None
