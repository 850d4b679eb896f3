"""Lengths of time as people type and read them: `90m`, `1h30m`, `45s`."""

import re

from experiments.sentences import quoted

SHORTEST = 1  # seconds
LONGEST = 7 * 24 * 3600  # seconds

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_SHAPE = re.compile(r"(?:(?P<d>\d{1,6})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,6})s?)?", re.ASCII)


def parse_duration(text: str) -> int:
    """Seconds in `2h`, `90m`, `1h30m`, `45s` or plain `7200`. ValueError with a sentence for the reader."""
    match = _SHAPE.fullmatch(text.strip().lower())
    if match is None or not any(match.groupdict().values()):
        raise ValueError(f"{quoted(text, 40)} is no length of time: write `2h`, `90m`, `1h30m`, `45s` or seconds.")
    seconds = sum(int(match[unit] or 0) * size for unit, size in _UNITS.items())
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(f"{quoted(text)} is out of bounds: a run may take from {spell(SHORTEST)} to {spell(LONGEST)}.")
    return seconds


def spell(seconds: float) -> str:
    """For reading, in the two largest units: `1 h 30 min`, `12 s`, `7 days`."""
    left = max(0, round(seconds))
    if left < 1:
        return "less than a second"
    parts = []
    for size, one, many in ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min"), (1, "s", "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    return " ".join(parts[:2])
