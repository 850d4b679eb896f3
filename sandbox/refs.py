"""Reads the refs of a bare folder from Git's own files: scripts ask all the time, and a process takes long to start.

A ref is a file, or a line of `packed-refs` where Git packed it. Git writes the line before it removes the file, so
whoever looks for the file first misses none. Folders are made so; see GIT_DEFAULT_REF_FORMAT in gitfolder.py.
"""

import os
import re
from pathlib import Path

SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PACKED = re.compile(r"^([0-9a-f]{40,64}) (refs/\S+)$", re.MULTILINE)
NAME = re.compile(r"refs/[^\0\s]+")
LINKED = "ref: "
DEEPEST = 5  # refs that name refs, as Git follows them


def one(folder: Path, ref: str, depth: int = DEEPEST) -> str | None:
    """Return the SHA of a ref by its full name (`refs/heads/main`); None where there is none."""
    if not NAME.fullmatch(ref) or ".." in ref:  # no ref has such a name, and no other file is read
        return None
    try:
        text = (folder / ref).read_text().strip()
    except OSError:  # no such file, a folder, or a name that is too long for one
        return _packed(folder).get(ref)
    if text.startswith(LINKED):
        return one(folder, text.removeprefix(LINKED).strip(), depth - 1) if depth else None
    return text if SHA.fullmatch(text) else None


def every(folder: Path) -> dict[str, str]:
    """Return each ref with its SHA, sorted by name."""
    names = [
        f"{Path(where).relative_to(folder).as_posix()}/{name}"
        for where, _, files in os.walk(folder / "refs")
        for name in files
        if not name.endswith(".lock")  # a ref that Git is writing; no ref has such a name
    ]
    found = {name: one(folder, name) for name in names}
    whole = _packed(folder) | {name: sha for name, sha in found.items() if sha}
    return dict(sorted(whole.items()))


def _packed(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / "packed-refs").read_text()
    except FileNotFoundError:
        return {}
    return {name: sha for sha, name in PACKED.findall(lines)}
