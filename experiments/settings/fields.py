"""Reading one entry of `.github/studio.yml`, with a sentence where it is wrong."""

from collections.abc import Mapping
from typing import Any

from experiments.wording import meant, quoted

PATH = ".github/studio.yml"


def string(document: Mapping[str, Any], name: str, problems: list[str], where: str = "") -> str:
    """Return a single value. Empty where it is left out or wrong."""
    value = document.get(name, "")
    if isinstance(value, str):
        return value.strip()
    problems.append(f"`{PATH}`: {quoted(where + name)} should be one value and is a {kind(value)}.")
    return ""


def unknown(where: str, name: str, known: list[str]) -> str:
    """Return the sentence for an unknown entry, with the entry that was probably meant."""
    return f"`{PATH}`: there is no {quoted(where + name)}: {meant(name, known)}"


def kind(value: Any) -> str:
    """Return what the reader calls the type of a value."""
    return "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "single value"
