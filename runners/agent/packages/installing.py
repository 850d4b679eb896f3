"""Says in one sentence why an environment could not be made: package, Python and cause, from what uv printed."""

import re

from ..failing import last_word, plain

LONGEST = 300  # characters of uv's own words
_BUILD = re.compile(r"[Ff]ailed to (?:download and )?build `(?P<package>[^`\n]{1,200})`")
_FIRST = re.compile(r"^(?:error:| +×)\s+(?P<said>.+)$", re.MULTILINE)
_CAUSE = re.compile(r"^ +(?:cause:|[├╰]─▶)\s+(?P<said>.+)$", re.MULTILINE)
_USELESS = re.compile(r"^Because |,? we can conclude that your requirements are unsatisfiable\.?$")


def why(printed: str, source: str, python: str) -> str:
    """Return why it failed and what to do. `source` is the file that asks for packages; `printed` has no secrets."""
    causes = [found["said"].strip() for found in _CAUSE.finditer(printed)]
    if build := _BUILD.search(printed):
        package = build["package"].split(" @ ")[0]
        cause = last_word(printed[build.end() :].partition("\nhint:")[0]) or (causes[-1] if causes else "")
        because = f": `{plain(cause, LONGEST)}`" if cause else ""
        return (
            f"`{plain(package)}` could not be built for Python {python}{because}. Ask in `{source}` for a version "
            "that has a wheel for this Python, or for one that builds; the log has the rest."
        )
    first = _FIRST.search(printed)
    cause = causes[0] if causes and first and "resolving" in first["said"] else (causes[-1] if causes else "")
    cause_printed = cause or (first["said"].strip() if first else "")
    cause_printed = _USELESS.sub("", _USELESS.sub("", cause_printed)).rstrip(".")
    because = f": `{plain(cause_printed, LONGEST)}`" if cause_printed else ""
    return f"The packages of `{source}` could not be installed for Python {python}{because}. The log has the rest."
