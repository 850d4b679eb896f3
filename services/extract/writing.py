"""A snapshot as JSON: NaN and infinities as they are, text that is no Unicode mended."""

import json
from dataclasses import asdict
from typing import Any

from pydantic_core import to_json as dump

from experiments.snapshot import Snapshot


def to_json(snapshot: Snapshot) -> bytes:
    """UTF-8 JSON with the constants NaN, Infinity and -Infinity."""
    try:
        return dump(snapshot, inf_nan_mode="constants")
    except ValueError:  # lone surrogates: JSON's `"\ud800"`, file names that are no UTF-8
        return json.dumps(_mended(asdict(snapshot))).encode()


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(item) for item in value]
    return value
