"""The place of a value in a file's text, and a list written in the style of the one it replaces."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """The characters of a value: `text[start:end]`."""

    start: int
    end: int
    raw: str  # the present characters
    lead: str = ""  # YAML: what stands before the new value, from the key on, where `text[start:end]` begins
    block: str = ""  # newline and indentation before each `- ` of a YAML block list; empty for anything else


def bracketed(items: Sequence[str], raw: str, brackets: str = "[]", comment: str = "#") -> str:
    """Return a list with the spacing of the list in `raw`: on one line, or one item a line.

    Raises ValueError where the old text may hold comments, which would be lost. `comment`: what begins one; empty where
    the language has none.
    """
    opened, closed = brackets[0], brackets[1]
    if not raw.startswith(opened):
        return opened + ", ".join(items) + closed
    if comment and comment in raw and "\n" in raw:
        raise ValueError("the list holds comments that would be lost")
    if not items:
        return opened + closed
    inside = raw[1:-1]
    before = _spaces_before(inside)
    after = inside[len(inside.rstrip(", \t\r\n")) :] if inside.strip() else ""
    close_set = "," in inside and not re.search(r",\s", inside)
    gap = "," + before if "\n" in before else "," if close_set else ", "
    return opened + before + gap.join(items) + after + closed


def _spaces_before(inside: str) -> str:
    return inside[: len(inside) - len(inside.lstrip())] if inside.strip() else ""
