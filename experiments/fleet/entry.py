"""The base of all entries of runners.yml."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]


class FleetEntry(BaseModel):
    """An entry of runners.yml: frozen, and unknown names are refused."""

    # What checks an entry is built for the first one that is read: where there is no runners.yml, that is never.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
