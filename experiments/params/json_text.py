"""JSON parameter files: read as DVC reads them, edited in place."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from experiments.params.document import MAX_DEPTH, Path, check_size, invalid, too_deep
from experiments.params.span import Span, bracketed
from experiments.snapshot import Value

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def read(path: str, text: str) -> Value:
    """Return the document. NaN and Infinity are read, as Python's json and so DVC do. Raises ParamsError."""
    if _nesting(text) > MAX_DEPTH:
        raise too_deep(path)
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise invalid(path, "JSON", error.msg, error.lineno) from error
    except ValueError as error:  # a repeated key, or a number of thousands of digits
        raise invalid(path, "JSON", str(error)) from error
    check_size(path, document)
    return document or {}


def places(path: str, text: str, wanted: Iterable[Path]) -> dict[Path, Span]:
    """Return the place of each of these values in a text that was read before."""
    found: dict[Path, Span] = {}
    _scan(text, 0, (), found)
    return {one: found[one] for one in wanted}


def literal(value: Value, place: Span) -> str:
    """Return the value as JSON. Raises ValueError for what JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("JSON has no NaN and no infinity")
    if isinstance(value, list):
        return bracketed([literal(item, Span(0, 0, "")) for item in value], place.raw, comment="")
    if isinstance(value, dict):
        inner = (
            f"{json.dumps(key, ensure_ascii=False)}: {literal(item, Span(0, 0, ''))}" for key, item in value.items()
        )
        return "{" + ", ".join(inner) + "}"
    return json.dumps(value, ensure_ascii=False)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(json.dumps(n) for n in names if names.count(n) > 1)} stands there twice")
    return result


def _nesting(text: str) -> int:
    """Return how deep brackets are nested outside strings. It is checked first, since the decoder raises
    RecursionError."""
    deepest = depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', text, re.DOTALL):
        if match[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]}":
            depth -= 1
    return deepest


def _scan(text: str, start: int, path: Path, found: dict[Path, Span]) -> int:
    """Note the place of every value from `path` on in `found`, and return where the value ends."""
    start = _skip(text, start)
    if text[start] not in "[{":
        end = _DECODER.raw_decode(text, start)[1]
    else:
        in_mapping, index, end = text[start] == "{", 0, start + 1
        while text[end := _skip(text, end)] not in "]}":
            step: Any = index
            if in_mapping:
                step, end = _DECODER.raw_decode(text, end)
                end = _skip(text, end) + 1  # past the colon
            end = _skip(text, _scan(text, end, (*path, step), found))
            end += text[end] == ","
            index += 1
        end += 1
    found[path] = Span(start, end, text[start:end])
    return end


def _skip(text: str, index: int) -> int:
    match = _SPACE.match(text, index)
    return match.end() if match else index
