"""Durations as people type and read them: `90m`, `1h30m`, `2h30`, `45s`."""

import re

from experiments.wording import quoted

SHORTEST = 1  # seconds
LONGEST = 7 * 24 * 3600  # seconds

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_SHAPE = re.compile(
    r"(?:(?P<d>\d{1,6})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,6})s)?(?P<bare>\d{1,6})?", re.ASCII
)
# What a number without a unit counts, by the unit before it, and from where on it is too large: `2h30`, not `2h90`.
_BARE = {"": ("s", 1_000_000), "d": ("h", 24), "h": ("m", 60), "m": ("s", 60), "s": ("", 0)}


def parse_duration(text: str) -> int:
    """Return the seconds in `2h`, `90m`, `1h30m`, `2h30`, `45s` or plain `7200`.

    A number without a unit counts in the next smaller unit after another number, and in seconds when it stands alone.
    Raises ValueError with a sentence for the reader.
    """
    match = _SHAPE.fullmatch(text.strip().lower())
    given = {unit: int(match[unit]) for unit in _UNITS if match[unit]} if match else {}
    bare = int(match["bare"]) if match and match["bare"] else None
    unit, limit = _BARE["".join(given)[-1:]]
    if (not given and bare is None) or (bare is not None and bare >= limit):
        raise ValueError(f"{quoted(text, 40)} is no length of time: write `2h`, `90m`, `1h30m`, `45s` or seconds.")
    if bare is not None:
        given[unit] = bare
    seconds = sum(count * _UNITS[unit] for unit, count in given.items())
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(f"{quoted(text)} is out of bounds: a run may take from {spell(SHORTEST)} to {spell(LONGEST)}.")
    return seconds


def spell(seconds: float) -> str:
    """Return a duration in its two largest units: `1 h 30 min`, `12 s`, `7 days`."""
    left = max(0, round(seconds))
    if left < 1:
        return "less than a second"
    parts = []
    for size, one, plural in ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min"), (1, "s", "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {one if count == 1 else plural}")
    return " ".join(parts[:2])
