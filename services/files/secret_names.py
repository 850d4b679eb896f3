"""Files at addresses that nobody guesses: whoever was given one may read it, and nobody else finds it."""

import hashlib
import hmac
import os
import re
import tempfile
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{40}")


class Unguessable:
    """Keeps files of one kind in a folder. The same content has the same address, made with `secret`, for as long as
    that stays."""

    def __init__(self, folder: Path, secret: bytes, address: str, ending: str) -> None:
        if not secret:
            raise ValueError("without a secret anybody could work out the address of a file")
        self._folder = folder
        self._secret = secret
        self._address = address
        self._ending = ending

    def address(self, content: bytes) -> str:
        """Where it is, once it is kept."""
        return f"{self._address}/{self._name(content)}{self._ending}"

    def keep(self, content: bytes) -> str:
        """Its address."""
        name = self._name(content)
        if self.path(name) is None:
            self._write(content, f"{name}{self._ending}")
        return self.address(content)

    def _name(self, content: bytes) -> str:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()[:40]

    def path(self, name: str) -> Path | None:
        """The file, `name` without its ending; None where there is none, whatever was asked for."""
        if not _NAME.fullmatch(name):
            return None
        path = self._folder / f"{name}{self._ending}"
        return path if path.is_file() else None

    def _write(self, content: bytes, name: str) -> None:
        """All of it or nothing: the address may be asked for while we write."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(new).replace(self._folder / name)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
