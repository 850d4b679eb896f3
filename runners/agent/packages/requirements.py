"""Finds what a project asks to have installed: files of the configuration, else its own, else the repository's."""

import codecs
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from ..errors import Trouble
from ..files import Below
from . import pyproject

NAME, PYPROJECT, PINNED = "requirements.txt", "pyproject.toml", ".python-version"
INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)")
EDITABLE = re.compile(r"(?:-e|--editable)[\s=]+(?=(?:git|hg|svn|bzr)\+(?!file:))")
LOCAL = re.compile(
    r"(?:-e|--editable)\b|\.{0,2}/|\.\s*$|\.\[|(?:\w+\+)?file:|[\w.\[\],-]+\s*@\s*(?:(?:\w+\+)?file:|\.{0,2}/)"
)
LIMIT = 1_000_000  # bytes of one file
ALL = "requirements.studio.txt"  # our own file, which includes those that the configuration names


def read(tree: Path, project: str, named: Sequence[str] = ()) -> dict[str, str]:
    """Return path from the repository's root -> text; the first file includes the others.

    `named` are files from the project's folder, with `pyproject.toml:GROUP` for a group of dependencies. Where it is
    empty, the project's requirements.txt is read, else its pyproject.toml, else the same two of the repository. Returns
    an empty dictionary where nothing is asked for. Raises Trouble for what cannot be installed.
    """
    if named:
        found: dict[str, str] = {}
        firsts = []
        for each in named:
            part = _named(tree, _joined(PurePosixPath(project), each.partition(":")[0]), each.partition(":")[2])
            firsts.append(next(iter(part)))
            found |= part
        return found if len(firsts) == 1 else {ALL: "".join(f"-r {first}\n" for first in firsts), **found}
    for folder in dict.fromkeys((project, "")):
        name = PurePosixPath(folder, NAME)
        if _there(tree, name):
            return _with_included(tree, name)
        name = PurePosixPath(folder, PYPROJECT)
        if _there(tree, name) and (lines := _lines(name, pyproject.packages(str(name), _text(tree, name)))):
            return {f"{name}.txt": "\n".join(lines)}
    return {}


def python(tree: Path, project: str) -> tuple[str, str]:
    """Return the Python that a project asks for, such as `>=3.10,<3.13`, and the file that asks; both may be empty."""
    for folder in dict.fromkeys((project, "")):
        pinned, described = PurePosixPath(folder, PINNED), PurePosixPath(folder, PYPROJECT)
        if _there(tree, pinned) and (asked := pyproject.pinned(_text(tree, pinned))):
            return asked, str(pinned)
        if _there(tree, described) and (asked := pyproject.python(str(described), _text(tree, described))):
            return asked, str(described)
    return "", ""


def _named(tree: Path, name: PurePosixPath, group: str) -> dict[str, str]:
    if name.suffix != ".toml":
        return _with_included(tree, name)
    lines = _lines(name, pyproject.packages(str(name), _text(tree, name), group))
    return {f"{name}{f'.{group}' if group else ''}.txt": "\n".join(lines)}


def _there(tree: Path, name: PurePosixPath) -> bool:
    return (tree / name).is_symlink() or (tree / name).exists()


def _lines(name: PurePosixPath, lines: list[str]) -> list[str]:
    list(_included(name, "\n".join(lines)))  # raises Trouble for lines that cannot be installed
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
            yield _joined(name.parent, include[1])


def _joined(folder: PurePosixPath, path: str) -> PurePosixPath:
    parts: list[str] = []
    for part in (folder / path).parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)


def _text(tree: Path, name: PurePosixPath) -> str:
    if not Below(tree).leads(str(name)):
        raise Trouble(f"{NAME} includes {str(name)!r}, which is outside the repository; include a file of it.")
    try:
        with Below(tree).open(str(name)) as (file, _):
            text = _decoded(file.read(LIMIT))
    except FileNotFoundError:
        raise Trouble(f"{NAME} includes {str(name)!r}, which is not in the repository.") from None
    except (OSError, UnicodeDecodeError):
        raise Trouble(f"{str(name)!r} is not a readable text file of the repository.") from None
    # An editable checkout of another repository is installed as a normal package: nobody edits it here.
    return "".join(EDITABLE.sub("", line) if EDITABLE.match(line) else line for line in text.splitlines(keepends=True))


def _decoded(data: bytes) -> str:
    """Decode text in UTF-8 or UTF-16, with or without a mark, as editors of all systems write it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")
