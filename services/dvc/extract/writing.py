"""Writes a snapshot or compositions as JSON, with NaN and infinities, and with invalid Unicode replaced."""

import json
from dataclasses import asdict, is_dataclass
from typing import Any

from pydantic_core import to_json as dump

from experiments.composition import Composition
from experiments.snapshot import Snapshot


def to_json(result: Snapshot | tuple[Composition, ...]) -> bytes:
    """Return UTF-8 JSON, which may hold the constants NaN, Infinity and -Infinity."""
    try:
        return dump(result, inf_nan_mode="constants")
    except ValueError:  # lone surrogates: JSON's `"\ud800"`, or file names that are not UTF-8
        return json.dumps(_mended(result)).encode()


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if is_dataclass(value) and not isinstance(value, type):
        return _mended(asdict(value))
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(item) for item in value]
    return value
