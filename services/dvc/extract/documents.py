"""Reads structured files with DVC's own readers, after a check whether they are safe to read."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from dvc.fs import localfs
from dvc.utils.serialize import load_path
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError as RoundTripError

NODES = 200_000  # of a YAML document, aliases counted in full; DVC's reader reads about 20,000 a second
DEPTH = 100  # levels of nesting
OTHER_FORMATS = frozenset((".json", ".toml", ".py"))
TABLES = frozenset((".csv", ".tsv"))
# Lines that Git writes around a conflict, in this order. The name of a side may follow the first and the last.
MARKS = tuple(re.compile(mark, re.MULTILINE) for mark in (rb"^<{7}(?: |\r?$)", rb"^={7}\r?$", rb"^>{7}(?: |\r?$)"))


class Unreadable(Exception):
    """A file cannot be read. Holds the reason: a clause that ends with the line, where it is known."""


class Conflicted(Unreadable):
    """A file holds the marks of an unfinished merge."""

    def __init__(self, line: int) -> None:
        """`line` is the line of the first mark, from 1."""
        super().__init__(f"a merge conflict (line {line})")
        self.line = line


def load(path: Path, limit: int) -> Any:
    """Return what DVC's reader for the file's suffix reads; any other suffix is YAML. Raises Unreadable.

    `limit` is in bytes.
    """
    admit(path, limit)
    try:
        return load_path(str(path), localfs)
    except Exception as error:  # DVC wraps only some readers' errors
        raise Unreadable(reason(error)) from error


def admit(path: Path, limit: int) -> None:
    """Check a file before a reader loads it.

    Raises Unreadable where it is too large (bytes) or deep, or grows by aliases.
    """
    size = path.stat().st_size
    if size > limit:
        raise Unreadable(f"it has {size:,} bytes, and at most {limit:,} are read")
    data = path.read_bytes()
    if line := _conflict(data):
        raise Conflicted(line)
    if path.suffix.lower() in OTHER_FORMATS | TABLES:
        return
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8 text") from error
    try:
        _measure(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        try:  # libyaml is fast, but sometimes stricter; DVC's own reader decides
            _measure(YAML(typ="safe", pure=True).parse(text))
        except RoundTripError as error:
            raise Unreadable(reason(error)) from error


def _conflict(data: bytes) -> int:
    """Return the line, from 1, of the first mark of an unfinished merge; 0 where there is none."""
    first = at = 0
    for mark in MARKS:
        if (found := mark.search(data, at)) is None:
            return 0
        first, at = first or data.count(b"\n", 0, found.start()) + 1, found.end()
    return first


def _measure(events: Iterable[Any]) -> None:
    """Count nodes without building any. Raises Unreadable above the limits. Both parsers name their events alike."""
    sizes: dict[str, int] = {}
    stack: list[tuple[str | None, int]] = []  # open collections: their anchor, and the nodes counted before them
    count = 0
    for event in events:
        kind = type(event).__name__
        if kind == "AliasEvent":
            count += sizes.get(event.anchor, NODES + 1)  # an alias of a collection that is still open is endless
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            stack.append((event.anchor, count))
            count += 1
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            anchor, before = stack.pop()
            if anchor:
                sizes[anchor] = count - before
        elif kind == "ScalarEvent":
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        else:
            continue
        line = event.start_mark.line + 1
        if len(stack) > DEPTH:
            raise Unreadable(f"it is nested more than {DEPTH} deep (line {line})")
        if count > NODES:
            raise Unreadable(f"it holds more than {NODES:,} values, aliases counted in full (line {line})")


def reason(error: BaseException) -> str:
    """Return a reader's complaint on one line, with the line number where the reader knows it."""
    source: BaseException = error
    while source.__cause__ is not None:
        source = source.__cause__
    if isinstance(source, RecursionError):
        return "it is nested too deep"
    mark = getattr(source, "problem_mark", None) or getattr(source, "context_mark", None)
    line = mark.line + 1 if mark else getattr(source, "lineno", None) or getattr(source, "line", None)
    text = getattr(source, "problem", None) or getattr(source, "msg", None) or str(source) or type(source).__name__
    text = " ".join(str(text).split())
    return f"{text} (line {line})" if isinstance(line, int) and f"line {line}" not in text else text


def line_of(text: str, keys: Sequence[Any]) -> int | None:
    """Return the line, from 1, of `keys` in a YAML document, or of the first of them that lead somewhere; else None."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    line: int | None = None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if str(k.value) == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            found = (node.value[key], node.value[key])
        else:
            found = None
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
