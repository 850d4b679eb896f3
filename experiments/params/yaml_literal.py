"""YAML that YAML 1.1 and 1.2 readers take for the same value: DVC reads 1.2, most training code reads 1.1."""

import datetime
import json
import math
import re

from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from experiments.params.span import Span, bracketed
from experiments.snapshot import Value

# Texts that need no quotes, even inside brackets, unless a reader takes them for a number, a date or a word.
_PLAIN = re.compile(r"[^\W_][\w./+@%^()-]*(?: [\w./+@%^()-]+)*")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TEXT = "tag:yaml.org,2002:str"


def literal(value: Value, place: Span) -> str:
    """Return the value as YAML, in the style of what it replaces. Raises ValueError where comments would be lost."""
    if place.block:
        if "#" in place.raw:
            raise ValueError("the list holds comments (or a #) that would be lost")
        if isinstance(value, list) and value:
            return place.lead + place.block.join("- " + flow(item) for item in value)
        # No item is left to stand on a line of its own, so the value goes beside its key, before the comment there.
        return f" {flow(value)}{place.lead.rstrip()}" if place.lead else flow(value)
    if isinstance(value, list):
        return place.lead + bracketed([flow(item) for item in value], place.raw)
    return place.lead + _scalar(value, place.raw)


def flow(value: Value) -> str:
    """Return the value as YAML on one line, in a form that is also valid inside brackets."""
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    return _scalar(value, "")


def _scalar(value: Value, raw: str) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _string(value, raw)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return flow(value)
    return str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    digits, exponent, power = repr(value).partition("e")
    # YAML 1.1 takes a number with an exponent for text unless it has a point.
    return (digits if "." in digits else digits + ".0") + exponent + power


def _string(value: str, raw: str) -> str:
    if not raw.startswith(("'", '"')) and _PLAIN.fullmatch(value) and _is_text(value):
        return value
    if raw.startswith("'") and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _is_text(value: str) -> bool:
    resolvers = (VersionedResolver(version) for version in ((1, 1), (1, 2)))
    return all(str(resolver.resolve(ScalarNode, value, (True, False))) == _TEXT for resolver in resolvers)
