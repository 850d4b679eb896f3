"""The conversion of typed values: the parameter file determines the type, not the person who types."""

import datetime
import json
import math
import re

from experiments.overrides.grammar import Element, NotHydra, Several
from experiments.params import plain, plain_text
from experiments.snapshot import Value
from experiments.wording import quoted

_WORDS = {
    "yes": "true",
    "on": "true",
    "1": "true",
    "y": "true",
    "no": "false",
    "off": "false",
    "0": "false",
    "n": "false",
}
_DECIMAL_COMMA = re.compile(r"[-+]?(\d+,0\d+|0,\d+)")  # 0,01 and 0,5; 10,20 are two values
_LARGEST_EXACT = 2**53  # whole numbers up to here are exact as floats


class WrongType(Exception):
    """A value of the wrong type. `message` is a sentence without its subject, `instead` the value to type or empty."""

    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.message, self.instead = message, instead


def fit(current: Value, text: str, parsed: Element | Several | NotHydra) -> Value:
    """Return the new value in the type of the current one. Raises WrongType where it does not fit.

    A whole number becomes a float where a float is; `1e3` and `2.0` become whole numbers where one is. Text is taken
    literally. `null` may be set anywhere (in quotes it is text), and a null may be replaced by anything. Items of lists
    keep the types that were typed.
    """
    if not text.strip() and not isinstance(current, str):
        raise WrongType("needs a value after the `=`")
    if isinstance(parsed, Several):
        raise WrongType("takes one value here, not several")
    if isinstance(parsed, Element) and parsed.value is None and not parsed.quoted:
        return None
    if isinstance(current, str):
        return _as_text(text, parsed)
    if isinstance(current, datetime.date):
        return _as_date(current, text.strip().strip("'\""))
    if isinstance(parsed, NotHydra):
        raise WrongType(f"got something that cannot be read ({parsed.reason})")
    value = parsed.value
    if _overflows(value, text):
        raise WrongType("got a number that is too large")
    if value == {} and (current is None or current == {}):
        return value
    if isinstance(value, dict) or not _has_plain_keys(value):
        raise WrongType("cannot be set to a mapping; write it into the file")
    match current:
        case None:
            return value
        case bool():
            return _as_bool(value, text)
        case int():
            return _as_int(value)
        case float():
            return _as_float(value)
        case list() | tuple() | set():
            return _as_list(current, value, text)
    raise WrongType(f"is a {type(current).__name__}, which cannot be set with `-S`; edit the file")


def sweepable(current: Value, text: str) -> None:
    """Raise WrongType where a single value was typed in a way that reads as several."""
    word = text.strip()
    if isinstance(current, float) and _DECIMAL_COMMA.fullmatch(word):
        message = f"takes numbers with a decimal point; for the two of them write {quoted(f'choice({word})')}"
        raise WrongType(message, word.replace(",", "."))
    if isinstance(current, list | tuple | set) and not re.match(r"\w+\s*\(|\[", word):
        raise WrongType("takes a list: put it in brackets", f"[{word}]")


def described(value: Value) -> str:
    """Return a value and its type for people: `0.1, a number`."""
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "a whole number", float: "a number", str: "text", list: "a list"}
    kind = kinds.get(type(plain(value)), "a group")
    return f"{quoted(shown(value))}, {'a date' if isinstance(value, datetime.date) else kind}"


def shown(value: Value) -> str:
    """Return a value on one line, shortened where it is long."""
    text = json.dumps(plain(value), ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def _as_text(text: str, parsed: Element | NotHydra) -> str:
    if isinstance(parsed, Element) and isinstance(parsed.value, str):
        return parsed.value
    if isinstance(parsed, Element) and not parsed.called:
        return text.strip()
    if isinstance(parsed, Element):
        raise WrongType(f"is text, and this gives {quoted(shown(parsed.value))}", "'" + plain_text(parsed.value) + "'")
    if "," in text or text.strip().startswith(("'", '"')):
        raise WrongType("takes text, and this one has to be in quotes as a whole", _in_quotes(text.strip()))
    return text.strip()


def _in_quotes(text: str) -> str:
    bare = text.strip("'\"")
    return f"'{bare}'" if "'" not in bare and not bare.endswith("\\") else ""


def _as_date(current: datetime.date, text: str) -> datetime.date:
    try:
        if isinstance(current, datetime.datetime):
            return datetime.datetime.fromisoformat(text)
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise WrongType(f"is a date; write it like {quoted(current.isoformat())}") from error


def _as_bool(value: Value, text: str) -> bool:
    if isinstance(value, bool):
        return value
    raise WrongType("has to be `true` or `false`", _WORDS.get(text.strip().casefold(), ""))


def _as_int(value: Value) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float):
        if value.is_integer() and abs(value) <= _LARGEST_EXACT:
            return int(value)
        raise WrongType(
            "takes a whole number; to allow fractions, write it with a point (as in `1.0`) in the file first"
        )
    raise WrongType(f"takes a whole number, and this is {_kind(value)}", _number_in(value, int))


def _as_float(value: Value) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > _LARGEST_EXACT:
            raise WrongType("takes a number with a point; this one would lose digits")
        return float(value)
    raise WrongType(f"takes a number, and this is {_kind(value)}", _number_in(value, float))


def _as_list(current: Value, value: Value, text: str) -> Value:
    if not isinstance(value, list):
        raise WrongType(f"takes a list, and this is {_kind(value)}", f"[{text.strip()}]")
    try:
        return type(current)(value) if isinstance(current, tuple | set) else value
    except TypeError as error:
        raise WrongType("is a set, which holds no lists") from error


def _kind(value: Value) -> str:
    return described(value).rpartition(", ")[2]


def _number_in(value: Value, kind: type[int] | type[float]) -> str:
    try:
        return str(kind(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _overflows(value: Value, text: str) -> bool:
    if isinstance(value, list):
        return any(_overflows(item, text) for item in value)
    return isinstance(value, float) and math.isinf(value) and "inf" not in text.casefold()


def _has_plain_keys(value: Value) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _has_plain_keys(item) for key, item in value.items())
    return all(_has_plain_keys(item) for item in value) if isinstance(value, list) else True
