"""A file at a commit by GitHub's contents API: two short requests, however large the commit is."""

import base64
from collections.abc import Callable
from typing import Any

from bot.errors import NotFound, UserError
from experiments.wording import quoted

LISTED = 1000  # files of a folder at most; there may be more
LIMIT = 1_000_000  # bytes; beyond 1 MiB GitHub tells no content


CONTENTS, COMMIT = "contents/{+place}?ref={ref}", "git/commits/{sha}"  # paths of the API below a repository's


def read(get: Callable[..., Any], sha: str, path: str) -> bytes | None:
    """Return a file's bytes at a commit; None where it is absent, a symlink, a submodule or a folder.

    `get` answers a path of the API, with the names in it. Raises NotFound where GitHub does not have the commit (it
    answers 404 then as for a missing file), and UserError where the file is too large or its content is not given.
    """
    found = _read(lambda place: get(CONTENTS, place=place, ref=sha), path)
    if found is None:
        get(COMMIT, sha=sha)
    return found


def _read(get: Callable[[str], Any], path: str) -> bytes | None:
    # The folder is asked for first: asked for a symlink, GitHub gives the file where it leads as if it stood there.
    folder, _, name = path.rpartition("/")
    try:
        listed = get(folder)
        if not isinstance(listed, list):
            return None  # the folder itself is a file, or leads elsewhere
        found = next((each for each in listed if each["name"] == name), None)
        if found is None and len(listed) >= LISTED:
            raise UserError(f"{quoted(folder)} holds so many files that GitHub does not list {quoted(path)}.")
        if found is None or found["type"] != "file":
            return None
        if found["size"] > LIMIT:
            raise UserError(f"{quoted(path)} is {found['size']:,} bytes long, and {LIMIT:,} is the most that is read.")
        content = get(path)
    except NotFound:
        return None
    if not isinstance(content, dict) or content["type"] != "file":
        return None  # a submodule, which is listed as a file
    return base64.b64decode(content["content"])
