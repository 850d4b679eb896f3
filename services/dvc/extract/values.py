"""Turns what a file's reader gives into values that JSON can hold: of limited size, flat, with dotted names."""

import datetime
import math
from collections.abc import Collection, Iterator
from typing import Any

WORDS = 200  # characters of what a plot, a column or an axis is called
NAME = 500  # characters of a dotted name
DEPTH = 100  # levels of mappings and lists
TEXT = 10_000  # characters of one value
BITS = 1024  # of an integer, which is also where floats end


def shortened(words: object) -> str:
    """Return words as text of at most WORDS characters. Of more, the end is kept: there paths and columns differ."""
    text = str(words)
    return text if len(text) <= WORDS else f"…{text[1 - WORDS :]}"


def told_apart(words: object, taken: Collection[str]) -> str:
    """Return words `shortened`, with a number behind them where that is taken already."""
    name = first = shortened(words)
    number = 1
    while name in taken:
        number += 1
        name = f"{first} ({number})"
    return name


class Unshowable(Exception):
    """A value is unfit to be shown in a report. Holds the reason in a few words."""


def plain(value: Any) -> Any:
    """Return the value as JSON has it. Lists keep their items, and dates become ISO text. Raises Unshowable."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        if value.bit_length() > BITS:
            raise Unshowable(f"an integer of more than {int(BITS * math.log10(2))} digits")
        return int(value)
    if isinstance(value, str):
        if len(value) > TEXT:
            raise Unshowable(f"a text of {len(value):,} characters; at most {TEXT:,} are read")
        return str(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value]
        if sum(len(item) for item in items if isinstance(item, str)) > TEXT or len(items) > TEXT:
            raise Unshowable(f"a list of {len(items):,} items, too long to show")
        return items
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    raise Unshowable(f"a value of the type {type(value).__name__}")


def flat(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, value) of every number, text and null in mappings. Lists are left out, as in DVC's metrics.

    A value whose name is too long or that is nested too deep is replaced by an Unfit, so that deep nests of long names
    stay small.
    """
    if len(name) > NAME:
        yield name[:NAME] + "…", Unshowable(f"a name of more than {NAME} characters")
    elif depth > DEPTH:
        yield name, Unshowable(f"a value nested more than {DEPTH} deep")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, _joined(name, str(key)), depth + 1)
    elif not isinstance(value, list | tuple):
        try:
            yield name, plain(value)
        except Unshowable as reason:
            yield name, reason


def _joined(name: str, key: str) -> str:
    key = key if len(key) <= NAME else key[: NAME + 1]
    return f"{name}.{key}" if name else key
