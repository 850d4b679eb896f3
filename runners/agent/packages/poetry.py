"""Translates Poetry's requirements into pip's."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)((?!\d)[A-Za-z0-9.+-]*)")


class Unsayable(Exception):
    """Poetry asks for something that pip cannot express. Holds the rest of a sentence that begins with the file."""


def requirements(dependencies: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each package of `[tool.poetry.dependencies]` that is not optional. Raises Unsayable."""
    for name, wish in dependencies.items():
        if name.lower() == "python":
            continue
        for each in wish if isinstance(wish, list) else [wish]:
            if line := _line(name, each):
                yield line


def constraint(text: str) -> str:
    """Return `^1.2` as `>=1.2,<2`; empty where any version will do. Raises Unsayable."""
    if "|" in text:
        raise Unsayable(f"asks for {text!r}, one or the other")
    return ",".join(
        filter(None, (_bound(part) for part in re.split(r",|(?<=[\w*]) (?=[<>=!~^])", " ".join(text.split()))))
    )


def _line(name: str, wish: Any) -> str:
    if isinstance(wish, str):
        return f"{name}{constraint(wish)}"
    if not isinstance(wish, dict):
        raise Unsayable(f"asks for {name} by {wish!r}")
    if wish.get("optional"):
        return ""
    if "path" in wish:
        raise Unsayable(f"takes {name} from a folder")
    named = wish.get("extras") or []
    if not isinstance(named, list):
        raise Unsayable(f"asks for extras of {name} by {named!r}")
    extras = f"[{','.join(map(str, named))}]" if named else ""
    markers = [str(wish["markers"])] if wish.get("markers") else []
    if python := wish.get("python"):
        bounds = (re.fullmatch(r"([<>=!~]+)(.+)", part) for part in filter(None, constraint(str(python)).split(",")))
        markers += [f'python_version {each[1]} "{each[2]}"' for each in bounds if each]
    marker = f" ; {' and '.join(f'({each})' for each in markers)}" if markers else ""
    if "git" in wish:
        at = next((f"@{wish[key]}" for key in ("rev", "tag", "branch") if wish.get(key)), "")
        return f"{name}{extras} @ git+{wish['git']}{at}{marker}"
    if "url" in wish:
        return f"{name}{extras} @ {wish['url']}{marker}"
    return f"{name}{extras}{constraint(str(wish.get('version', '*')))}{marker}"


def _bound(part: str) -> str:
    """Translate one part of a constraint. Raises Unsayable."""
    part = part.strip()
    if part in ("*", ""):
        return ""
    if part[0] not in "^~" or part.startswith("~="):
        if part[0].isdigit():
            return f"=={part}"
        return re.sub(r"\s+", "", part)
    version = part[1:].strip()
    found = VERSION.fullmatch(version)
    if found is None:
        raise Unsayable(f"asks for {part!r}")
    numbers = [int(each) for each in found[1].split(".")]
    if part[0] == "~":
        keep = min(len(numbers), 2)
    else:  # up to the first number that is not 0
        keep = next((place for place, each in enumerate(numbers, 1) if each), len(numbers))
    upper = [*numbers[: keep - 1], numbers[keep - 1] + 1]
    return f">={version.removeprefix('v')},<{'.'.join(map(str, upper))}"
