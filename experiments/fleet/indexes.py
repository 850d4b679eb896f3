"""Package indexes that the operator names, with the credentials to install a repository's packages from them."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from experiments.fleet.entry import FleetEntry, Variable
from experiments.fleet.patterns import matches


class DeclaredIndex(FleetEntry):
    """A package index that replaces the one the machine is configured with."""

    url: str = Field(
        pattern=r"^https?://[A-Za-z0-9.:/_-]+$",
        description="Address of the index, `https://host/simple`; without a password.",
    )
    repositories: Sequence[str] = Field(min_length=1, description="Patterns of `owner/name` that install from it.")
    username: Variable | None = Field(default=None, description="The bot's variable that has the name.")
    password: Variable = Field(description="The bot's variable that has the password, of somebody who can only read.")

    def serves(self, repository: str) -> bool:
        """Return whether this repository installs from the index."""
        return matches(self.repositories, repository)


def index_for(
    indexes: Mapping[str, DeclaredIndex], values: Mapping[str, str], repository: str
) -> Mapping[str, str] | None:
    """Return the address and credentials of the first index that serves a repository. None where none does.

    `values`: values of the bot's environment variables that runners.yml names.
    """
    found = next((each for each in indexes.values() if each.serves(repository)), None)
    if found is None:
        return None
    username = values[found.username] if found.username else "__token__"
    return {"url": found.url, "username": username, "password": values[found.password]}
