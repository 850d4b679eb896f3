"""What a project asks to have installed: its requirements.txt, else the repository's, and the files it includes."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .ending import Trouble
from .files import is_below, open_regular

NAME = "requirements.txt"
INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)")
LOCAL = re.compile(r"(?:-e|--editable)\b|\.{0,2}/|\.\s*$|\.\[|file:|[\w.\[\],-]+\s*@\s*(?:file:|\.{0,2}/)")
LIMIT = 1_000_000  # bytes of one file


def read(tree: Path, project: str) -> dict[str, str]:
    """Path from the repository's root -> text, of the project's requirements.txt (the repository's where it has none)
    first and of all it includes; empty where there is neither. Trouble for what cannot work."""
    found: dict[str, str] = {}
    places = [PurePosixPath(project, NAME), PurePosixPath(NAME)]
    waiting = [each for each in places if (tree / each).is_symlink() or (tree / each).exists()][:1]
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
