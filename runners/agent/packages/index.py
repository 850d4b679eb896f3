"""A repository's own package index, as the bot describes it (docs/runs-api.md)."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class PackageIndex:
    """A package index that takes the place of all that the machine knows."""

    url: str
    username: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """The address with the credentials in it, as uv takes it."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.username, safe='')}:{quote(self.password, safe='')}@{rest}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not appear in a log."""
        return self.password, quote(self.password, safe="")


def read(data: Any) -> PackageIndex | None:
    """Read the index from a specification. Raises KeyError, TypeError or ValueError where it is something else."""
    if data is None:
        return None
    found = PackageIndex(str(data["url"]), str(data["username"]), str(data["password"]))
    if not found.url.startswith(("http://", "https://")):
        raise ValueError("index")
    return found
