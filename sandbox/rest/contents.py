"""Files and folders of a commit, as GitHub's contents API tells them."""

import base64
import posixpath
import subprocess
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from sandbox import gitfolder, history
from sandbox.records import HostedRepository, Json
from sandbox.rest.door import Answer, arrive, repository_for, state
from sandbox.state import Missing

contents = Blueprint("rest_contents", __name__, url_prefix="/api/v3/repos/<owner>/<name>")
arrive(contents)

LISTED = 1000  # entries of a folder that are told at most
WHOLE = 1024 * 1024  # bytes of a file that is told with its content
MOST = 100 * WHOLE  # bytes of a file that is told at all
KINDS = {"040000": "dir", "120000": "symlink", "160000": "submodule"}  # what has another mode is a file


@dataclass(frozen=True)
class Entry:
    """What a tree has under a name."""

    kind: str
    sha: str
    size: int
    path: str


@contents.get("/contents/<path:path>")
def show(owner: str, name: str, path: str) -> Response | Answer:
    """Return a folder's entries, or a file with its content. A symlink to a file gives that file."""
    repository, _ = repository_for(owner, name, ("contents", "read"))
    ref = request.args.get("ref") or repository.default_branch
    try:
        sha = gitfolder.sha_of(repository, ref)
    except Missing:
        raise Missing(f"No commit found for the ref {ref}") from None
    found = _entry(repository, sha, path)
    if found.kind == "dir":
        return jsonify([_shape(repository, ref, each, listed=True) for each in _listed(repository, sha, path)[:LISTED]])
    shown = _shape(repository, ref, found)
    if found.kind == "symlink":
        target = history.blob(repository.folder, sha, path).decode()
        try:
            led = _entry(repository, sha, posixpath.normpath(posixpath.join(posixpath.dirname(path), target)))
        except Missing:
            led = found
        if led.kind != "file":
            return jsonify({**shown, "target": target})
        shown, found = {**_shape(repository, ref, led), "name": shown["name"], "path": path}, led
    if found.kind == "submodule":
        return jsonify({**shown, "submodule_git_url": _module(repository, sha, path)})
    if found.size > MOST:
        wrong = {"resource": "Blob", "field": "data", "code": "too_large"}
        message = "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API."
        return jsonify({"message": message, "errors": [wrong]}), 403
    text = base64.encodebytes(history.blob(repository.folder, sha, found.path)).decode() if found.size <= WHOLE else ""
    return jsonify({**shown, "encoding": "base64" if found.size <= WHOLE else "none", "content": text})


def _listed(repository: HostedRepository, sha: str, path: str) -> list[Entry]:
    """Entries below a path that ends with a slash, or the one of that name."""
    listing = gitfolder.git(repository.folder, "ls-tree", "-z", "--long", "--full-tree", sha, "--", f"{path}/")
    return [_parsed(line) for line in listing.split("\0") if line]


def _entry(repository: HostedRepository, sha: str, path: str) -> Entry:
    if path.startswith(("..", "/")) or path == ".":
        raise Missing(path)
    listing = gitfolder.git(repository.folder, "ls-tree", "-z", "--long", "--full-tree", sha, "--", path)
    found = [_parsed(line) for line in listing.split("\0") if line]
    if len(found) != 1 or found[0].path != path:
        raise Missing(path)
    return found[0]


def _parsed(line: str) -> Entry:
    head, _, path = line.partition("\t")
    mode, _, sha, size = head.split()
    return Entry(KINDS.get(mode, "file"), sha, 0 if size == "-" else int(size), path)


def _module(repository: HostedRepository, sha: str, path: str) -> str:
    """Return the address that `.gitmodules` has for a submodule."""
    ask = ("config", "--blob", f"{sha}:.gitmodules", "--get-regexp", r"^submodule\..*\.(path|url)$")
    try:
        told = dict(line.split(" ", 1) for line in gitfolder.git(repository.folder, *ask).splitlines())
    except subprocess.CalledProcessError:
        return ""
    name = next((key.removesuffix(".path") for key, value in told.items() if value == path), "")
    return told.get(f"{name}.url", "")


def _shape(repository: HostedRepository, ref: str, entry: Entry, listed: bool = False) -> Json:
    """Return the fields that every kind of entry has. In lists GitHub calls a submodule a file."""
    page, api = f"{state().url}/{repository.full_name}", f"{state().url}/api/v3/repos/{repository.full_name}"
    own = f"{api}/contents/{entry.path}?ref={ref}"
    is_blob = entry.kind in ("file", "symlink")
    git = f"{api}/git/{'blobs' if is_blob else 'trees'}/{entry.sha}"
    html = f"{page}/{'blob' if is_blob else 'tree'}/{ref}/{entry.path}"
    return {
        "type": "file" if listed and entry.kind == "submodule" else entry.kind,
        "name": posixpath.basename(entry.path),
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size,
        "url": own,
        "git_url": git,
        "html_url": html,
        "download_url": f"{page}/raw/{ref}/{entry.path}" if is_blob else None,
        "_links": {"self": own, "git": git, "html": html},
    }
