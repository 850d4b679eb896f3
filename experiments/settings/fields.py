"""What one entry of `.github/studio.yml` holds, and the sentence where it holds something else."""

from collections.abc import Mapping
from typing import Any

from experiments.wording import meant, quoted

PATH = ".github/studio.yml"


def string(document: Mapping[str, Any], name: str, problems: list[str], where: str = "") -> str:
    """One value; empty where it is left out or wrong."""
    value = document.get(name, "")
    if isinstance(value, str):
        return value.strip()
    problems.append(f"`{PATH}`: {quoted(where + name)} should be one value and is a {kind(value)}.")
    return ""


def unknown(where: str, name: str, known: list[str]) -> str:
    """There is no entry of this name."""
    return f"`{PATH}`: there is no {quoted(where + name)}: {meant(name, known)}"


def kind(value: Any) -> str:
    """In the reader's words."""
    return "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "single value"
