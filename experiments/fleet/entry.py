"""What all entries of runners.yml share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]


class Entry(BaseModel):
    """Nothing in it is taken that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
