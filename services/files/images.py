"""Pictures in comments: files whose addresses nobody guesses."""

from pathlib import Path

from services.files.secret_names import Unguessable

SIZE_LIMIT = 5_000_000  # bytes; GitHub's image proxy takes no more
SIGNATURE = b"\x89PNG\r\n\x1a\n"


class PlotFiles:
    """Keeps PNGs in a folder. The same picture has the same address for as long as `secret` stays."""

    def __init__(self, folder: Path, secret: bytes, public_url: str) -> None:
        self._files = Unguessable(folder, secret, f"{public_url.rstrip('/')}/plots", ".png")

    def keep(self, png: bytes) -> str:
        """Its address below PUBLIC_URL. ValueError for what is no PNG, or over 5 MB."""
        return self._files.keep(_checked(png))

    def address(self, png: bytes) -> str:
        """Where it is, once it is kept. ValueError as above."""
        return self._files.address(_checked(png))

    def path(self, name: str) -> Path | None:
        """The file of a picture, `name` without `.png`; None where there is none, whatever was asked for."""
        return self._files.path(name)


def _checked(png: bytes) -> bytes:
    if not png.startswith(SIGNATURE):
        raise ValueError("this is no PNG")
    if len(png) > SIZE_LIMIT:
        raise ValueError(f"a picture of {len(png):,} bytes, and {SIZE_LIMIT:,} is the most: draw it smaller")
    return png
