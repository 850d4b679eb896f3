"""Pictures in comments: files whose addresses nobody guesses."""

import hashlib
import hmac
import os
import re
import tempfile
from pathlib import Path

SIZE_LIMIT = 5_000_000  # bytes; GitHub's image proxy takes no more
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NAME = re.compile(r"[0-9a-f]{40}")


class PlotFiles:
    """Keeps PNGs in a folder. The same picture has the same address, made with `secret`, for as long as that stays."""

    def __init__(self, folder: Path, secret: bytes, public_url: str) -> None:
        if not secret:
            raise ValueError("without a secret anybody could work out the address of a picture")
        self._folder = folder
        self._secret = secret
        self._public_url = public_url.rstrip("/")

    def keep(self, png: bytes) -> str:
        """Its address below PUBLIC_URL. ValueError for what is no PNG, or over 5 MB."""
        if not png.startswith(SIGNATURE):
            raise ValueError("this is no PNG")
        if len(png) > SIZE_LIMIT:
            raise ValueError(f"a picture of {len(png):,} bytes, and {SIZE_LIMIT:,} is the most: draw it smaller")
        name = hmac.new(self._secret, png, hashlib.sha256).hexdigest()[:40]
        if self.path(name) is None:
            self._write(png, f"{name}.png")
        return f"{self._public_url}/plots/{name}.png"

    def path(self, name: str) -> Path | None:
        """The file of a picture, `name` without `.png`; None where there is none, whatever was asked for."""
        if not _NAME.fullmatch(name):
            return None
        path = self._folder / f"{name}.png"
        return path if path.is_file() else None

    def _write(self, png: bytes, name: str) -> None:
        """All of it or nothing: the address may be asked for while we write."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(png)
            Path(new).replace(self._folder / name)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
