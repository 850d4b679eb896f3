"""Pictures in comments: files whose addresses nobody can guess."""

from pathlib import Path

from experiments.experiment import Repository
from services.files.secret_names import Unguessable

SIZE_LIMIT = 5_000_000  # bytes; GitHub's image proxy accepts no more
SIGNATURE = b"\x89PNG\r\n\x1a\n"


class PlotFiles:
    """Keeps PNGs in a folder. The same picture has the same address for as long as `secret` stays."""

    def __init__(self, folder: Path, secret: bytes, public_url: str) -> None:
        self._files = Unguessable(folder, secret, f"{public_url.rstrip('/')}/plots", ".png")

    def keep(self, png: bytes, repository: Repository, guest: bool = False) -> str:
        """Implement `Images.keep`. Raise ValueError for no PNG, or one over 5 MB."""
        return self._files.keep(_checked(png), repository, guest)

    def use(self, address: str) -> bool:
        """Implement `Images.use`."""
        return self._files.use(address)

    def forget(self, png: bytes, repository: Repository) -> None:
        """Delete a picture that was stored for a repository, unless it was stored for others, too."""
        self._files.forget(png, repository)

    def address(self, png: bytes) -> str:
        """Return the address that `keep` would give, without storing anything. Raise ValueError as `keep` does."""
        return self._files.address(_checked(png))

    def path(self, name: str) -> Path | None:
        """Return the file of a picture by its name without `.png`, or None where there is none, for any input."""
        return self._files.path(name)


def _checked(png: bytes) -> bytes:
    if not png.startswith(SIGNATURE):
        raise ValueError("this is no PNG")
    if len(png) > SIZE_LIMIT:
        raise ValueError(f"a picture of {len(png):,} bytes, and {SIZE_LIMIT:,} is the most: draw it smaller")
    return png
