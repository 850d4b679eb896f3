"""Undo what phones, word processors and chat programs change in a typed line."""

import re

# Without width or ink: joiners, marks of direction, byte-order marks, variation selectors, fillers, tags.
_FORMATS = (
    "\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
UNSEEN = _FORMATS + _SPACES  # for a character class
_SPACE = re.compile(f"[{_SPACES}]")
_AT_EDGES = re.compile(rf"(?:(?<=\s)|^)[{_FORMATS}]++|(?<![{_FORMATS}])[{_FORMATS}]++(?=\s|$)")
_LEADING = re.compile(rf"\A( *)[{UNSEEN}][\s{UNSEEN}]*")
_LONG_DASH = re.compile(r"(?<!\S)[\u2014\u2015](?=[a-z])")  # of `--temp`; elsewhere it is the text's own
_SHORT_DASH = re.compile(r"(?<!\w)\u2013(?=[\w.\u2013-])")  # of `-S`, of `-0.1`
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63\uff0d", "-"),
    }
)


def revealed(line: str) -> str:
    """Return the line without invisible characters before its first word. Plain spaces stay: they mark code."""
    return line if line.isascii() else re.sub(_LEADING, r"\1", line, count=1)


def plain(line: str) -> str:
    """Return the line with straight quotes, plain dashes and spaces, and no invisible characters around its words."""
    if line.isascii():
        return line.strip()
    typed = _AT_EDGES.sub("", _SPACE.sub(" ", line)).translate(_CHARACTERS)
    return _SHORT_DASH.sub("-", _LONG_DASH.sub("--", typed)).strip()
