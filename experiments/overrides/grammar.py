"""The grammar of one `-S` edit: `[file:]key=value`, with the value in Hydra's grammar."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    QuotedString,
    RangeSweep,
    Sweep,
)
from hydra.errors import HydraException

from experiments.params import plain, plain_text, same
from experiments.snapshot import Value

MAX_OVERRIDES = 100
MAX_TOKEN = 1_000  # characters
_MAX_BRACKETS = 20  # levels of nesting; Hydra's parser is recursive

_PARSER = OverridesParser.create()
_PREFIX = re.compile(r"\+\+?|~")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_BARE = re.compile(r"[A-Za-z_][\w./-]*")
_SWEEP_CALL = re.compile(r"\b(?:choice|range|interval|glob|tag|sort|shuffle)\s*\(")
_BEFORE_QUOTE = re.compile(r"(\\*)('|$)")
_IN_QUOTES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


class RefusedToken(Exception):
    """A token that can't be accepted: where it is wrong, a sentence, and a corrected token or an empty text."""

    def __init__(self, start: int, end: int, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.start, self.end, self.message, self.fix = start, end, message, fix


@dataclass(frozen=True)
class ParsedToken:
    """A token in its parts, none of which has been looked up yet."""

    token: str
    file: str  # empty where none was named
    prefix: str  # "", or Hydra's "+", "++", "~"
    key: str
    key_start: int  # index in the token
    value: str
    value_start: int

    def with_key(self, key: str, file: str = "") -> str:
        """Return the token with another key and without the prefix, and with another file where one is given."""
        named = file or self.file
        return f"{named}:{key}={self.value}" if named else f"{key}={self.value}"

    def without_file(self) -> str:
        """Return the token without a file, as it goes to the default one."""
        equals = "=" if self.token[: self.value_start].endswith("=") else ""
        return f"{self.prefix}{self.key}{equals}{self.value}"

    def with_value(self, value: str) -> str:
        """Return the token with another value."""
        return self.token[: self.value_start] + value


@dataclass(frozen=True)
class Element:
    """One value, as Hydra reads it."""

    value: Value
    quoted: bool = False  # it was typed in quotes
    called: bool = False  # it is the result of int(…), float(…), str(…) or bool(…)


@dataclass(frozen=True)
class Several:
    """A sweep: several values, or a range."""

    sweep: Any  # as Hydra's parser returns it


@dataclass(frozen=True)
class NotHydra:
    """A value that is not in Hydra's grammar. A text parameter takes it literally."""

    reason: str


def split(token: str) -> ParsedToken:
    """Split a token into its parts. Raises RefusedToken for what is wrong with it whatever the files hold."""
    if len(token) > MAX_TOKEN:
        raise RefusedToken(
            MAX_TOKEN, len(token), f"This is {len(token):,} characters long; at most {MAX_TOKEN:,} are allowed."
        )
    for index, character in enumerate(token):
        if unicodedata.category(character) in ("Cc", "Cs") and character != "\t":
            raise RefusedToken(index, index + 1, f"The character U+{ord(character):04X} is not allowed here.")
    if (at := token.find("${")) >= 0:
        message = (
            "`${…}` is not allowed: an interpolation could read what is not in the repository. Give the value itself."
        )
        raise RefusedToken(at, len(token), message)
    # In a key, only `=` and `:` outside quotes count. The mask keeps every index.
    mask = _QUOTED.sub(lambda match: "x" * len(match[0]), token)
    equals = mask.find("=")
    left = mask if equals < 0 else mask[:equals]
    colon = left.find(":")
    file = token[: max(colon, 0)].strip()
    named = token[colon + 1 : len(left)]
    key_start = len(left) - len(named.lstrip(" \t~+"))
    # DVC has the prefix after the file. Before the file it can mean nothing else.
    prefix = next((match[0] for part in (named, file) if (match := _PREFIX.match(part.strip()))), "")
    value = "" if equals < 0 else token[equals + 1 :]
    words = ParsedToken(
        token,
        file.lstrip("~+"),
        prefix,
        token[key_start : len(left)].strip(),
        key_start,
        value,
        len(token) - len(value),
    )
    if equals < 0 and not prefix:
        raise RefusedToken(
            0, len(token), "There is no `=` here. Write `key=value`, without spaces, as in `train.lr=0.01`."
        )
    if not words.key:
        raise RefusedToken(
            0, len(left) + 1, "There is no parameter before the `=`. Write `key=value`, as in `train.lr=0.01`."
        )
    return words


def meant(token: str) -> tuple[str, str]:
    """Return the file and the key of an edit; the file is empty where none is named. For a token that is no edit,
    return an empty file and the token."""
    try:
        words = split(token)
    except RefusedToken:
        return "", token
    return words.file, words.key


@lru_cache(maxsize=1024)  # the members of a sweep share most of their values
def parse(text: str) -> Element | Several | NotHydra:
    """Parse what stands after the `=` with Hydra's own parser. Never raises."""
    unquoted = _IN_QUOTES.sub("", text)
    if unquoted.rstrip().endswith(","):
        return NotHydra("it ends with a comma; several values stand without spaces: `1,2`")
    if sum(unquoted.count(bracket) for bracket in "([{") > _MAX_BRACKETS:
        return NotHydra("it has too many brackets")
    try:
        override = _PARSER.parse_override(f"x={text}")
    except HydraException as error:
        return NotHydra(str(error).splitlines()[0] if str(error) else "it cannot be read")
    except ValueError:  # int() of text with more than 4,300 digits
        return NotHydra("it is a number of too many digits")
    value: Any = override._value  # value() would lose whether it was in quotes
    if isinstance(value, Sweep | Glob) or _SWEEP_CALL.search(unquoted):
        return Several(value)
    called = bool(re.match(r"\s*(?:int|float|str|bool)\s*\(", text))
    return Element(override.value(), isinstance(value, QuotedString), called)


def readable(token: str) -> bool:
    """Return whether Hydra can read the edit as a whole. Its grammar has no quotes in keys."""
    try:
        _PARSER.parse_override(token)
    except (HydraException, ValueError):
        return False
    return True


def spelled(value: Value) -> str:
    """Return a value (scalar, list or mapping) in the form that `parse` reads back. Empty where the grammar has
    none."""
    text = _spelled(plain(value))
    element = parse(text)
    return text if isinstance(element, Element) and same(element.value, plain(value)) else ""


def _spelled(value: Value) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_spelled, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key}:{_spelled(item)}' for key, item in value.items())}}}"
    if not isinstance(value, str):
        return plain_text(value)
    bare = parse(value) if _BARE.fullmatch(value) else None
    if isinstance(bare, Element) and bare.value == value:
        return value
    # A backslash stands for itself, unless it is before a quote.
    escaped = _BEFORE_QUOTE.sub(lambda match: match[1] * 2 + ("\\'" if match[2] else ""), value)
    return f"'{escaped}'"


def typed(value: Any) -> str:
    """Return what Hydra parsed as it would be typed; of a sweep only its values or range. Empty where that is not
    possible."""
    if isinstance(value, ChoiceSweep):
        return ",".join(map(typed, value.list)) if len(value.list) > 1 else f"choice({typed(value.list[0])})"
    if isinstance(value, RangeSweep):
        return f"range({typed(value.start)},{typed(value.stop)},{typed(value.step)})"
    if isinstance(value, Sweep | Glob):
        return ""
    if isinstance(value, QuotedString):
        return str(value.with_quotes())
    if isinstance(value, list):
        return "[" + ",".join(typed(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{typed(key)}:{typed(item)}" for key, item in value.items()) + "}"
    return plain_text(value)
