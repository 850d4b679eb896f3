"""What a project asks to have installed: its requirements.txt or pyproject.toml, else the repository's."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .ending import Trouble
from .files import is_below, open_regular

NAME, PYPROJECT = "requirements.txt", "pyproject.toml"
INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)")
LOCAL = re.compile(r"(?:-e|--editable)\b|\.{0,2}/|\.\s*$|\.\[|file:|[\w.\[\],-]+\s*@\s*(?:file:|\.{0,2}/)")
LIMIT = 1_000_000  # bytes of one file


def read(tree: Path, project: str) -> dict[str, str]:
    """Path from the repository's root -> text, of the project's requirements.txt first and of all it includes. Where
    there is none the dependencies in its pyproject.toml, as such a file; then the same of the repository. Empty where
    nothing is asked for. Trouble for what cannot work."""
    for folder in dict.fromkeys((project, "")):
        name = PurePosixPath(folder, NAME)
        if (tree / name).is_symlink() or (tree / name).exists():
            return _with_included(tree, name)
        if dependencies := _dependencies(tree, PurePosixPath(folder, PYPROJECT)):
            return {f"{PurePosixPath(folder, PYPROJECT)}.txt": "\n".join(dependencies)}
    return {}


def _dependencies(tree: Path, name: PurePosixPath) -> list[str]:
    """`dependencies` of `[project]`; those that are told by building it are not."""
    if not (tree / name).is_symlink() and not (tree / name).exists():
        return []
    try:
        found = tomllib.loads(_text(tree, name)).get("project", {}).get("dependencies", [])
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError) as error:
        raise Trouble(f"{name} can't be read: {error}.") from None
    lines = [str(each) for each in found] if isinstance(found, list) else []
    list(_included(name, "\n".join(lines)))  # for its Trouble
    return lines


def _with_included(tree: Path, first: PurePosixPath) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = [first]
    while waiting:
        name = waiting.pop()
        if str(name) in found:
            continue
        text = _text(tree, name)
        found[str(name)] = text
        waiting += _included(name, text)
    return found


def _included(name: PurePosixPath, text: str) -> Iterator[PurePosixPath]:
    for number, line in enumerate(text.splitlines(), 1):
        wish = line.strip()
        if LOCAL.match(wish):
            raise Trouble(
                f"{name}, line {number}: {wish!r} installs from a folder. An environment is kept for all commits with "
                "the same requirements: list the packages it needs instead, and import the code from the work tree."
            )
        include = INCLUDE.match(wish)
        if include and "://" not in include[1]:
            parts: list[str] = []
            for part in (name.parent / include[1]).parts:
                if part == ".." and parts:
                    parts.pop()
                else:
                    parts.append(part)
            yield PurePosixPath(*parts)


def _text(tree: Path, name: PurePosixPath) -> str:
    path = tree / name
    if name.is_absolute() or not is_below(tree, path):
        raise Trouble(f"{NAME} includes {str(name)!r}, which is outside the repository; include a file of it.")
    try:
        with open_regular(path) as (file, _):
            return file.read(LIMIT).decode()
    except FileNotFoundError:
        raise Trouble(f"{NAME} includes {str(name)!r}, which is not in the repository.") from None
    except (OSError, UnicodeDecodeError):
        raise Trouble(f"{str(name)!r} is not a readable text file of the repository.") from None
