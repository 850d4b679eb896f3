"""Reads which packages and which Python a pyproject.toml asks for."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import Trouble
from . import poetry

_PYTHON = re.compile(r"(?:cpython-?|python-?)?(\d+(?:\.\d+){0,2})", re.IGNORECASE)


def packages(name: str, text: str, group: str = "") -> list[str]:
    """Return the requirement lines of `[project]`, else of Poetry, else of all `[dependency-groups]`.

    With `group`, return those of that group or extra only. Raises Trouble for what cannot be installed.
    """
    found = _tables(name, text)
    try:
        if group:
            return _lines(name, found, [group])
        own = found["project"].get("dependencies")
        if isinstance(own, list) and own:
            return [str(each) for each in own]
        dependencies = found["poetry"].get("dependencies")
        if isinstance(dependencies, dict) and (lines := list(poetry.requirements(dependencies))):
            return lines
        return list(dict.fromkeys(_lines(name, found, found["groups"])))
    except poetry.Unsayable as why:
        raise Trouble(
            f"{name} {why}, for which pip has no words: name a file under `requirements:` in `.github/studio.yml`."
        ) from None


def python(name: str, text: str) -> str:
    """Return the versions of Python that it supports, such as `>=3.10,<3.13`; empty where it does not say."""
    found = _tables(name, text)
    asked = found["project"].get("requires-python")
    if isinstance(asked, str) and asked.strip():
        return re.sub(r"\s+", "", asked)
    dependencies = found["poetry"].get("dependencies")
    wish = dependencies.get("python", "") if isinstance(dependencies, dict) else ""
    try:
        return poetry.constraint(wish) if isinstance(wish, str) else ""
    except poetry.Unsayable:
        return ""


def pinned(text: str) -> str:
    """Return the version in a `.python-version`, such as `==3.11.*`; empty where it names another kind of Python."""
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    found = _PYTHON.fullmatch(first)
    if found is None:
        return ""
    return f"=={found[1]}" if found[1].count(".") == 2 else f"=={found[1]}.*"


def _tables(name: str, text: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Trouble(f"{name} can't be read: {error}.") from None
    tool = document.get("tool")
    found = {
        "project": document.get("project"),
        "poetry": tool.get("poetry") if isinstance(tool, dict) else None,
        "groups": document.get("dependency-groups"),
    }
    return {key: value if isinstance(value, dict) else {} for key, value in found.items()}


def _lines(name: str, found: Mapping[str, Mapping[str, Any]], groups: Iterable[str]) -> list[str]:
    """Return the lines of these groups and of the groups that they include, each group once."""
    lines: list[str] = []
    read: set[str] = set()
    waiting: list[Any] = [{"include-group": each} for each in reversed([*groups])]
    while waiting:
        entry = waiting.pop()
        if not isinstance(entry, dict):
            lines.append(str(entry))
        elif (group := str(entry.get("include-group"))) not in read:
            read.add(group)
            waiting += reversed(_entries(name, found, group))
    return lines


def _entries(name: str, found: Mapping[str, Mapping[str, Any]], group: str) -> list[Any]:
    """Return the entries of a PEP 735 group, else of an extra, else of a Poetry group. Raises Trouble without one."""
    extras = found["project"].get("optional-dependencies")
    for known in (found["groups"], extras):
        if isinstance(known, dict) and isinstance(known.get(group), list):
            return [*known[group]]
    groups = found["poetry"].get("group")
    own = groups.get(group) if isinstance(groups, dict) else None
    if isinstance(own, dict) and isinstance(own.get("dependencies"), dict):
        return list(poetry.requirements(own["dependencies"]))
    raise Trouble(f"{name} has no dependency group or extra {group!r}.")
