"""git over smart HTTP at `/owner/name.git`: git's own http-backend behind the sandbox's users and tokens."""

import base64
import binascii
import hmac
import re
import subprocess
import tempfile
import threading
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from shutil import copyfileobj
from typing import IO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import get_input_stream

from sandbox import gitfolder, pushes
from sandbox.records import ROLES, HostedRepository
from sandbox.state import Missing, State
from sandbox.tokens import Refusal, allows, sees, token_of

ADDRESS = re.compile(r"/(?P<repository>[^/]+/[^/]+?)(?:\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)")
CHUNK = 64 * 1024
PASSED_ON = ("CONTENT_TYPE", "QUERY_STRING", "REQUEST_METHOD", "HTTP_CONTENT_ENCODING")


@dataclass(frozen=True)
class Caller:
    """Who asks by git: a login, and whether it may change workflows (an App without that permission may not)."""

    login: str
    workflows: bool = True


class GitHttp:
    """A WSGI application that answers git itself and passes everything else on."""

    def __init__(self, application: WSGIApplication, state: State) -> None:
        self.application = application
        self.state = state
        self._pushing: dict[int, threading.Lock] = {}  # one push at a time in each repository, to tell what it moved

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = ADDRESS.fullmatch(environ["PATH_INFO"])
        if asked is None:
            return self.application(environ, start_response)
        service = asked["rest"] if asked["rest"] != "info/refs" else environ.get("QUERY_STRING", "")
        try:
            repository, caller = self.admit(environ, asked["repository"], service.endswith("git-receive-pack"))
        except Refusal as refusal:
            return refuse(refusal, start_response)
        if asked["rest"] != "git-receive-pack":
            return answer(backend(environ, repository, asked["rest"], caller), start_response)
        with self._pushing.setdefault(repository.id, threading.Lock()):
            before = gitfolder.refs(repository)
            with closing(answer(backend(environ, repository, asked["rest"], caller), start_response)) as stream:
                said = list(stream)
            after = gitfolder.refs(repository)
        pushes.announce(self.state, repository, before, after, caller.login)
        return said

    def admit(self, environ: WSGIEnvironment, full_name: str, writes: bool) -> tuple[HostedRepository, Caller]:
        """Return the repository and who asks for it. Raises Refusal 401, 403 or 404."""
        try:
            repository = self.state.repository(full_name)
        except Missing:
            repository = None
        login, password = credentials(environ)
        if not password:
            if repository is None or repository.private or writes:
                raise Refusal(HTTPStatus.UNAUTHORIZED, "Authentication required.")
            return repository, Caller("")
        if password.startswith("ghs_"):
            return self.admit_app(repository, password, writes)
        return self.admit_person(repository, login, password, writes)

    def admit_app(
        self, repository: HostedRepository | None, password: str, writes: bool
    ) -> tuple[HostedRepository, Caller]:
        """Admit an installation token: it needs `contents`, except to read a public repository. Raises Refusal."""
        token = token_of(self.state, password)
        seen = repository is not None and sees(self.state, token, repository)
        if repository is None or (repository.private and not seen):
            raise Refusal(HTTPStatus.NOT_FOUND, "Repository not found.")
        bot = self.state.apps[self.state.installations[token.installation].app].bot
        held = token.permissions if seen else {}
        if writes and not allows(held, "contents", "write"):
            raise Refusal(HTTPStatus.FORBIDDEN, "Write access to repository not granted.")
        if repository.private and not allows(held, "contents", "read"):
            raise Refusal(HTTPStatus.FORBIDDEN, "Read access to repository not granted.")
        return repository, Caller(bot, workflows=allows(held, "workflows", "write"))

    def admit_person(
        self, repository: HostedRepository | None, login: str, password: str, writes: bool
    ) -> tuple[HostedRepository, Caller]:
        """Admit a person with a role that can read, or write. Raises Refusal."""
        user = self.state.users.get(login.lower())
        if user is None or not user.token or not hmac.compare_digest(user.token.encode(), password.encode()):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Invalid username or token.")
        role = ROLES.index(self.state.role(repository, user.login)) if repository else 0
        if repository is None or not role:
            raise Refusal(HTTPStatus.NOT_FOUND, "Repository not found.")
        if writes and role < ROLES.index("write"):
            raise Refusal(HTTPStatus.FORBIDDEN, f"Permission to {repository.full_name}.git denied to {user.login}.")
        return repository, Caller(user.login)


def credentials(environ: WSGIEnvironment) -> tuple[str, str]:
    """Return login and password of Basic authentication, empty where there are none. Raises Refusal 401."""
    scheme, _, encoded = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        login, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "Invalid username or token.") from error
    return login, password


def refuse(refusal: Refusal, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the status that git shows, and the sentence that it prints after `remote:`."""
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers.append(("WWW-Authenticate", 'Basic realm="GitHub"'))
    start_response(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", headers)
    return [refusal.message.encode()]


def backend(
    environ: WSGIEnvironment, repository: HostedRepository, rest: str, caller: Caller
) -> "subprocess.Popen[bytes]":
    """Start git http-backend for one request. The body goes through a file first, so that nobody blocks."""
    with tempfile.TemporaryFile() as received:
        copyfileobj(get_input_stream(environ), received)
        length = received.tell()
        received.seek(0)
        variables = {
            **gitfolder.environment(),
            **{name: environ[name] for name in PASSED_ON if name in environ},
            "CONTENT_LENGTH": str(length),
            "GIT_PROJECT_ROOT": str(repository.folder),
            "PATH_INFO": f"/{rest}",
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": environ.get("HTTP_GIT_PROTOCOL", ""),
            "REMOTE_USER": caller.login,
            "REMOTE_ADDR": environ.get("REMOTE_ADDR", ""),
            "SANDBOX_WORKFLOWS": "yes" if caller.workflows else "no",
        }
        return subprocess.Popen(["git", "http-backend"], env=variables, stdin=received, stdout=subprocess.PIPE)


def answer(process: "subprocess.Popen[bytes]", start_response: StartResponse) -> Generator[bytes, None, None]:
    """Yield the backend's answer, after its CGI headers became the response's."""
    with process:
        output: IO[bytes] = process.stdout  # type: ignore[assignment]  # a pipe was asked for
        status, headers = "200 OK", []
        while line := output.readline().strip().decode("latin-1"):
            name, _, value = line.partition(":")
            if name.lower() == "status":
                status = value.strip()
            else:
                headers.append((name, value.strip()))
        start_response(status, headers)
        yield from iter(lambda: output.read1(CHUNK), b"")  # type: ignore[attr-defined]  # pipes are buffered readers
