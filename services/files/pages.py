"""Pages for what does not fit a comment: files whose addresses nobody can guess."""

from pathlib import Path

from experiments.experiment import Repository
from services.files.secret_names import Unguessable


class PageFiles:
    """Keeps HTML pages in a folder. The same page has the same address for as long as `secret` stays."""

    def __init__(self, folder: Path, secret: bytes, public_url: str) -> None:
        self._files = Unguessable(folder, secret, f"{public_url.rstrip('/')}/pages", ".html")

    def address(self, html: str) -> str:
        """Return the address that `keep` would give, without storing anything."""
        return self._files.address(_bytes(html))

    def keep(self, html: str, repository: Repository, guest: bool = False) -> str:
        """Implement `Pages.keep`."""
        return self._files.keep(_bytes(html), repository, guest)

    def path(self, name: str) -> Path | None:
        """Return the file of a page by its name without `.html`, or None where there is none, for any input."""
        return self._files.path(name)


def _bytes(html: str) -> bytes:
    return html.encode("utf-8", "replace")
