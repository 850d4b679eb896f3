"""Reads a commit's `.gitmodules` and `.lfsconfig`, and finds its pointers of Git LFS.

The files are read as text: git, and libraries like it, would follow an `include` in them to any file.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from experiments.limits import POINTERS
from experiments.readiness.prerequisites import Pointer, Submodule

CONFIG_LIMIT = 100_000  # bytes of .gitmodules and .lfsconfig
SUBMODULES = 200
POINTER_SIZE = range(100, 1024)  # bytes; Git LFS itself takes no longer file for a pointer

_SECTION = re.compile(r'\[\s*(?P<name>[\w.-]+)\s*(?:"(?P<of>(?:[^"\\]|\\.)*)")?\s*\](?P<rest>.*)')
_SETTING = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9-]*)\s*=\s*(?P<value>.*)")
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[a-z0-9.-]+ .*\n)*?oid sha256:(?P<oid>[0-9a-f]{64})\n"
    rb"size (?P<size>[0-9]{1,18})\n?"
)


def submodules(tree: Path, root: Path, gitlinks: Mapping[str, str]) -> tuple[Submodule, ...]:
    """Return a commit's submodules. Path and commit come from the tree, the address from `.gitmodules`."""
    urls: dict[str, str] = {}
    modules: dict[str, dict[str, str]] = {}
    for section, of, key, value in settings(tree / ".gitmodules"):
        if section == "submodule":
            modules.setdefault(of, {})[key] = value
    for module in modules.values():
        urls.setdefault(module.get("path", ""), module.get("url", ""))
    found = sorted(gitlinks.items())[:SUBMODULES]
    return tuple(Submodule(_from(root, tree / path), path, urls.get(path, ""), sha) for path, sha in found)


def lfs_addresses(tree: Path) -> tuple[str, ...]:
    """Return the addresses that `.lfsconfig` sets for Git LFS."""
    keys = ("url", "lfsurl", "pushurl", "lfspushurl")
    return tuple(dict.fromkeys(value for *_, key, value in settings(tree / ".lfsconfig") if key in keys))


def pointers(tree: Path, root: Path) -> tuple[Pointer, ...]:
    """Return the files of the tree that are Git LFS pointers, at most `POINTERS`."""
    found: list[Pointer] = []
    for place, folders, names in os.walk(tree):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if (pointer := _pointer(path)) is None:
                continue
            if len(found) == POINTERS:
                return tuple(found)
            found.append(Pointer(_from(root, path), pointer["oid"].decode(), int(pointer["size"])))
    return tuple(found)


def settings(file: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (section, subsection, key, value) of a file in Git's format; other lines are ignored."""
    with suppress(OSError):
        if not file.is_file() or file.stat().st_size > CONFIG_LIMIT:
            return
        section = of = ""
        for line in file.read_text("utf-8", "replace").splitlines():
            rest = line.strip()
            if head := _SECTION.fullmatch(rest):
                section, of = head["name"].lower(), re.sub(r"\\(.)", r"\1", head["of"] or "")
                rest = head["rest"].strip()
            if setting := _SETTING.fullmatch(rest):
                yield section, of, setting["key"].lower(), _value(setting["value"])


def _value(text: str) -> str:
    """Return a value without quotes, comments and escapes."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|([^"#;]+)|([#;].*)', text)
    value = ""
    for quoted, plain, comment in parts:
        if comment:
            break
        value += re.sub(r"\\(.)", r"\1", quoted) or plain
    return value.strip()


def _pointer(path: Path) -> re.Match[bytes] | None:
    with suppress(OSError):
        if path.stat().st_size in POINTER_SIZE:
            return _POINTER.fullmatch(path.read_bytes())
    return None


def _from(root: Path, path: Path) -> str:
    return os.path.relpath(path, root)
