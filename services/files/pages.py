"""Pages for what does not fit a comment: files whose addresses nobody guesses."""

from pathlib import Path

from services.files.secret_names import Unguessable


class PageFiles:
    """Keeps HTML pages in a folder. The same page has the same address for as long as `secret` stays."""

    def __init__(self, folder: Path, secret: bytes, public_url: str) -> None:
        self._files = Unguessable(folder, secret, f"{public_url.rstrip('/')}/pages", ".html")

    def address(self, html: str) -> str:
        """Where it is, once it is kept."""
        return self._files.address(_bytes(html))

    def keep(self, html: str) -> str:
        """Its address below PUBLIC_URL."""
        return self._files.keep(_bytes(html))

    def path(self, name: str) -> Path | None:
        """The file of a page, `name` without `.html`; None where there is none, whatever was asked for."""
        return self._files.path(name)


def _bytes(html: str) -> bytes:
    return html.encode("utf-8", "replace")
