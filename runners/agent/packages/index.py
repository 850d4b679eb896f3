"""The package index of a repository as the bot tells of it (docs/runs-api.md)."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Index:
    """In the place of all that the machine knows."""

    url: str
    username: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """As uv takes it, with the credentials."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.username, safe='')}:{quote(self.password, safe='')}@{rest}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be read in a log."""
        return self.password, quote(self.password, safe="")


def read(data: Any) -> Index | None:
    """From the specification. KeyError, TypeError and ValueError where it is something else."""
    if data is None:
        return None
    found = Index(str(data["url"]), str(data["username"]), str(data["password"]))
    if not found.url.startswith(("http://", "https://")):
        raise ValueError("index")
    return found
