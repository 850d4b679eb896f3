"""Git LFS at `/owner/name.git/info/lfs`: GitHub's batch endpoint, and storage that takes no GitHub token.

Only the basic transfer of https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md is there.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from sandbox.git_http import GitHttp
from sandbox.records import HostedRepository, Json
from sandbox.state import State
from sandbox.tokens import Refusal

BATCH = re.compile(r"/(?P<repository>[^/]+/[^/]+?)(?:\.git)?/info/lfs/objects/batch")
STORED = re.compile(r"/lfs-storage/(?P<key>[A-Za-z0-9_-]{20,})")
KIND = "application/vnd.git-lfs+json"


def place(repository: HostedRepository, oid: str) -> Path:
    """Return the path of a repository's object, whether or not it exists."""
    return repository.folder / "lfs" / oid


def store(repository: HostedRepository, content: bytes) -> str:
    """Keep an object, as an owner's push would, and return its hash."""
    oid = hashlib.sha256(content).hexdigest()
    place(repository, oid).parent.mkdir(exist_ok=True)
    place(repository, oid).write_bytes(content)
    return oid


class Lfs:
    """A WSGI application that answers Git LFS and passes everything else on to `git`, whose tokens it shares."""

    def __init__(self, git: GitHttp, state: State) -> None:
        self.git = git
        self.state = state
        self._keys: dict[str, Path] = {}  # of addresses that were given out

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if asked := BATCH.fullmatch(path):
            return self.batch(environ, asked["repository"])(environ, start_response)
        if asked := STORED.fullmatch(path):
            return self.object(environ, asked["key"])(environ, start_response)
        return self.git(environ, start_response)

    def batch(self, environ: WSGIEnvironment, full_name: str) -> WSGIApplication:
        """Answer where objects can be downloaded or uploaded."""
        asked: Json = json.loads(Request(environ).get_data())
        uploads = asked["operation"] == "upload"
        try:
            repository, _ = self.git.admit(environ, full_name, uploads)
        except Refusal as refusal:
            return _say({"message": refusal.message}, refusal.status)
        objects = [self.told(repository, str(each["oid"]), int(each["size"]), uploads) for each in asked["objects"]]
        return _say({"transfer": "basic", "objects": objects})

    def told(self, repository: HostedRepository, oid: str, size: int, uploads: bool) -> Json:
        """Return the answer for one object."""
        found = place(repository, oid if re.fullmatch("[0-9a-f]{64}", oid) else "none")
        if not uploads and not found.is_file():
            return {"oid": oid, "size": size, "error": {"code": 404, "message": "Object does not exist on the server"}}
        key = secrets.token_urlsafe(24)
        self._keys[key] = found
        action = {"href": f"{self.state.url}/lfs-storage/{key}", "expires_in": 3600}
        if uploads and found.is_file():
            return {"oid": oid, "size": size}
        return {"oid": oid, "size": size, "actions": {"upload" if uploads else "download": action}}

    def object(self, environ: WSGIEnvironment, key: str) -> WSGIApplication:
        """Answer with an object's content, for whoever has its address.

        Like S3, storage refuses a second credential.
        """
        request = Request(environ)
        if "Authorization" in request.headers:
            return Response("Only one auth mechanism allowed", 400)
        found = self._keys.get(key)
        if found is None:
            return Response("No such key", 404)
        if request.method == "PUT":
            found.parent.mkdir(exist_ok=True)
            found.write_bytes(request.get_data())
            return Response(status=200)
        return Response(found.read_bytes(), mimetype="application/octet-stream")


def _say(body: Json, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type=KIND)
