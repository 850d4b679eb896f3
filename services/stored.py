"""Values that outlive a version of this program: each kind has a version, older ones are migrated when they are read.

A value is stored as `{"kind": "run", "version": 2, "value": {…}}`. What v0.1.0 stored has no frame: it is version 1.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_json

T = TypeVar("T")
Step = Callable[[Any], Any]
FRAME = {"kind", "version", "value"}
FIRST = 1  # version of what has no frame


class TooNew(Exception):
    """A newer version of this program stored the value. Reading it as this version would lose what that one added."""

    def __init__(self, kind: str, found: int, known: int) -> None:
        super().__init__(
            f"A {kind} was stored by a newer version of this bot (format {found}, and this one reads up to {known}). "
            "Start the newer version again, or restore the data that was kept before it was installed."
        )


@dataclass(frozen=True)
class Stored(Generic[T]):
    """One kind of stored value: its version today, and how older ones become it."""

    kind: str
    version: int
    type: TypeAdapter[T]
    steps: Mapping[int, Step] = field(default_factory=dict)  # version -> makes its JSON that of the next one

    def dump(self, value: T) -> bytes:
        """Return the value as one line of JSON, framed by kind and version; NaN and infinities stay what they are."""
        fields = self.type.dump_python(value)
        return to_json({"kind": self.kind, "version": self.version, "value": fields}, inf_nan_mode="constants")

    def load(self, data: bytes) -> T:
        """Return what was stored, whichever version did. TooNew for a newer one, ValueError for anything else."""
        return self.type.validate_python(self.migrated(json.loads(data)))

    def migrated(self, document: Any) -> Any:
        """Return the JSON of the value as today's version has it. Raises as `load` does."""
        if not isinstance(document, dict):
            raise ValueError(f"a stored {self.kind} is a mapping, and this is a {type(document).__name__}")
        framed = document.keys() == FRAME
        version, value = (document["version"], document["value"]) if framed else (FIRST, document)
        if framed and document["kind"] != self.kind:
            raise ValueError(f"a stored {document['kind']!r} stands where a {self.kind} was expected")
        if version > self.version:
            raise TooNew(self.kind, version, self.version)
        for older in range(version, self.version):
            try:
                value = self.steps.get(older, _unchanged)(value)
            except (LookupError, TypeError, AttributeError) as error:
                raise ValueError(f"a stored {self.kind} is not what version {older} stored: {error!r}") from error
        return value


def _unchanged(value: Any) -> Any:
    """Return the value as it is: the next version only added fields, which have defaults."""
    return value
