"""Files at addresses that nobody can guess: whoever has an address may read the file, and nobody else finds it."""

import hashlib
import hmac
import os
import re
import tempfile
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{40}")


class Unguessable:
    """Keeps files of one kind in a folder.

    The same content has the same address for as long as `secret` stays. An empty `secret` raises ValueError.
    """

    def __init__(self, folder: Path, secret: bytes, address: str, ending: str) -> None:
        if not secret:
            raise ValueError("without a secret anybody could work out the address of a file")
        self._folder = folder
        self._secret = secret
        self._address = address
        self._ending = ending

    def address(self, content: bytes) -> str:
        """Return the address that `keep` would give, without storing anything."""
        return f"{self._address}/{self._name(content)}{self._ending}"

    def keep(self, content: bytes) -> str:
        """Store content. Return its address."""
        name = self._name(content)
        if self.path(name) is None:
            self._write(content, f"{name}{self._ending}")
        return self.address(content)

    def _name(self, content: bytes) -> str:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()[:40]

    def path(self, name: str) -> Path | None:
        """Return a file by its name without the ending, or None where there is none, for any input."""
        if not _NAME.fullmatch(name):
            return None
        path = self._folder / f"{name}{self._ending}"
        return path if path.is_file() else None

    def _write(self, content: bytes, name: str) -> None:
        """Write the file completely or not at all: somebody may ask for its address meanwhile."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(new).replace(self._folder / name)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
