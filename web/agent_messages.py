"""The JSON bodies that agents send, as Pydantic models."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_LARGEST = 1 << 53  # JSON allows numbers of thousands of digits, and messages would show them


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class BeatMessage(_Strict):
    state: str
    offset: int = Field(ge=0, lt=_LARGEST)
    log: str = ""
    live: str = ""
    training: int | None = Field(default=None, ge=0, lt=_LARGEST)


class BootMessage(_Strict):
    attempt: int
    key_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _Environment(_Strict):
    python: str = ""
    dvc: str = ""
    packages: list[str] = []
    machine: str = ""


class DoneMessage(_Strict):
    exit_code: int | None = Field(gt=-_LARGEST, lt=_LARGEST)
    reason: str = ""
    timed_out: bool = False
    interrupted: bool = False
    environment: _Environment = _Environment()
    provenance: Any = None  # any value, so that the run ends in any case: `heard` checks it
    delivered: Any = None  # as above
