"""TOML parameter files: read as DVC reads them, edited in place."""

import datetime
import json
import re
from collections.abc import Iterable
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from experiments.params.document import ParamsError, Path, check_size, invalid, spelled
from experiments.params.span import Span, bracketed
from experiments.snapshot import Value

_UNPRINTABLE = re.compile(r"[\x7f-\x9f]")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def read(path: str, text: str) -> Value:
    """Return the document. Raises ParamsError."""
    document = _parse(path, text).unwrap()
    check_size(path, document)
    return document


def places(path: str, text: str, wanted: Iterable[Path]) -> dict[Path, Span]:
    """Return the place of each of these values. Raises ParamsError where one can't be found.

    tomlkit keeps no positions. So each value is replaced by a number that is nowhere in the text, and what tomlkit
    writes before and after that number has to be the file's own text.
    """
    mark = next(str(number) for number in range(7_310_000_001, 7_320_000_000) if str(number) not in text)
    return {one: _place(path, text, one, mark) for one in wanted}


def literal(value: Value, place: Span) -> str:
    """Return the value as TOML. Raises ValueError for what TOML cannot hold."""
    if value is None:
        raise ValueError("TOML has no null")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _string(value, place.raw)
    if isinstance(value, list):
        return bracketed([literal(item, Span(0, 0, "")) for item in value], place.raw)
    if isinstance(value, dict):
        inner = [f"{_key(key)} = {literal(item, Span(0, 0, ''))}" for key, item in value.items()]
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise ValueError(f"TOML has no {type(value).__name__}")


def _parse(path: str, text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise invalid(path, "TOML", str(error), getattr(error, "line", 0)) from error
    except ValueError as error:  # an invalid date, or a number of thousands of digits
        raise invalid(path, "TOML", str(error)) from error
    except RecursionError as error:
        raise invalid(path, "TOML", "lists nest too deep") from error


def _place(path: str, text: str, wanted: Path, mark: str) -> Span:
    document: Any = _parse(path, text)
    container = document
    for step in wanted[:-1]:
        container = container[step]
    key = spelled(wanted)
    if isinstance(container, AoT) or isinstance(container[wanted[-1]], AoT | Table):
        raise ParamsError(f"{path}: {key} is a [table], which only its own values can change; edit the file itself.")
    container[wanted[-1]] = int(mark)
    before, found, after = tomlkit.dumps(document).partition(mark)
    end = len(text) - len(after)
    if not (found and text.startswith(before) and text.endswith(after) and len(before) <= end):
        raise ParamsError(f"{path}: {key} cannot be changed without touching other lines; edit the file itself.")
    return Span(len(before), end, text[len(before) : end])


def _string(value: str, raw: str) -> str:
    if raw.startswith("'") and not raw.startswith("'''") and "'" not in value and value.isprintable():
        return f"'{value}'"
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key, "")
