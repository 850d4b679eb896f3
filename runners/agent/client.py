"""The agent's side of the runs API: it asks the bot, and asks again while the bot is away."""

import hashlib
import json
import secrets
import shutil
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, BinaryIO

from .errors import Gone, Trouble
from .farewell import fitted, least
from .files import open_regular
from .limits import AttemptLimits
from .specification import Bootstrap

ANSWER = 60.0  # seconds to wait for one answer
LONGEST = 30.0  # seconds between two tries


class Stay(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: one would take the token to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class HeardConnection(HTTPConnection):
    """Hears the answer of a bot that closes before it has read the whole body: a refusal, with its sentence."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        self.connect()  # apart: of a connection that did not come about, TLS included, nothing is heard
        with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            super().request(*args, **kwargs)


class HeardTLSConnection(HeardConnection, HTTPSConnection):
    """The same over TLS."""


class Hearing(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """Opens such connections, through the same proxies as urllib's own."""

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(HeardConnection, req)

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(HeardTLSConnection, req)


class Client:
    """Talks to the bot about one attempt.

    Every call raises Gone where the bot wants nothing more of the attempt or is away for `patience` seconds, and
    Trouble where the bot refuses what was sent.
    """

    def __init__(
        self,
        bootstrap: Bootstrap,
        patience: float = 600.0,
        leaving: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bootstrap = bootstrap
        self._patience = patience
        self._leaving = leaving or threading.Event()  # when set: ask once more, but do not wait for the bot
        self._clock = clock
        self._token = bootstrap.token
        self.limits: AttemptLimits | None = None  # unknown until the run is claimed
        self._opener = urllib.request.build_opener(Stay, Hearing)

    @property
    def token(self) -> str:
        """The key to this attempt; empty until `begin` where the agent was given a boot token only."""
        return self._token

    def begin(self) -> None:
        """Exchange the boot token, which works once, for a key that the agent makes. Do nothing where it has a key."""
        if not self._token:
            self._token, key = self._bootstrap.boot, secrets.token_urlsafe(32)
            hashed = hashlib.sha256(key.encode()).hexdigest()
            self._post("boot", {"attempt": self._bootstrap.attempt, "key_sha256": hashed})
            self._token = key

    def claim(self) -> Any:
        """Claim the attempt and return its specification as JSON."""
        return self._post("claim", {})

    def beat(self, state: str, offset: int, log: str, live: str, training: int | None) -> tuple[bool, int]:
        """Send one heartbeat. Return whether the run is to be cancelled, and how many bytes of the log the bot has.

        `log` begins at the byte `offset`. `live` is what is shown below the log now. `training` is the byte at which
        training's own lines begin.
        """
        body = {"state": state, "offset": offset, "log": log, "live": live, "training": training}
        answer = self._post("beat", body)
        return bool(answer["cancel"]), int(answer["size"])

    def put(self, name: str, path: Path) -> None:
        """Send a regular file from this path. No symlink is followed."""
        self._ask("PUT", f"files/{name}", path, "application/octet-stream")

    def keep(self, path: Path) -> None:
        """Send a checkpoint from this path."""
        self._ask("PUT", "checkpoint", path, "application/x-tar")

    def checkpoint(self, path: Path) -> None:
        """Write the checkpoint to go on from to this path."""
        self._ask("GET", "checkpoint", b"", "application/x-tar", path)

    def submodule(self, number: int, path: Path) -> None:
        """Write the files of a submodule to this path, as a Git pack. `number` is the bot's number of the submodule."""
        self._ask("GET", f"submodules/{number}", b"", "application/x-git", path)

    def done(
        self,
        exit_code: int,
        reason: str,
        *,
        timed_out: bool,
        interrupted: bool,
        environment: Mapping[str, Any],
        provenance: Mapping[str, Any],
        delivered: Mapping[str, Any] | None,
    ) -> None:
        """Say how the attempt ended. Where the bot refuses that, say only how it ended and why."""
        body = {
            "exit_code": exit_code,
            "reason": reason,
            "timed_out": timed_out,
            "interrupted": interrupted,
            "environment": environment,
            "provenance": provenance,
            "delivered": delivered,
        }
        try:
            self._post("done", fitted(body, self.limits) if self.limits else body)
        except Trouble:
            self._post("done", least(body))

    def _post(self, verb: str, body: Any) -> Any:
        answer = self._ask("POST", verb, json.dumps(body).encode(), "application/json")
        return json.loads(answer) if answer else {}

    def _ask(self, method: str, verb: str, body: bytes | Path, kind: str, into: Path | None = None) -> bytes:
        end = self._clock() + self._patience
        delay = 0.5
        while True:
            try:
                return self._once(method, verb, body, kind, into)
            except urllib.error.HTTPError as error:
                if error.code in (401, 409, 410):
                    raise Gone(f"the bot answered {error.code} to {verb}") from None
                if error.code < 500 and error.code not in (408, 429):
                    raise Trouble(f"The bot refused {verb} with status {error.code}{_why(error)}.") from None
                away = f"status {error.code}"
            except (OSError, HTTPException) as error:
                away = type(error).__name__
            if self._clock() + delay > end:
                raise Gone(f"the bot did not answer {verb} for {self._patience:.0f} s ({away})")
            if self._leaving.wait(delay):
                raise Gone(f"the bot was away ({away}) when the agent was stopped")
            delay = min(2 * delay, LONGEST)

    def _once(self, method: str, verb: str, body: bytes | Path, kind: str, into: Path | None) -> bytes:
        address = f"{self._bootstrap.url}/api/runs/{self._bootstrap.run}/{verb}"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        if isinstance(body, bytes):
            return self._send(address, body, headers, method, into)
        with open_regular(body) as (file, size):
            headers["Content-Length"] = str(size)
            return self._send(address, file, headers, method)

    def _send(
        self, address: str, body: bytes | BinaryIO, headers: dict[str, str], method: str, into: Path | None = None
    ) -> bytes:
        request = urllib.request.Request(address, body, headers, method=method)  # noqa: S310 - http(s): read_bootstrap
        with self._opener.open(request, timeout=ANSWER) as answer:
            if into is None:
                return bytes(answer.read())
            with into.open("wb") as file:
                shutil.copyfileobj(answer, file)
            if answer.length:  # a read of a given length does not notice a missing end
                raise ConnectionError("the answer broke off")
            return b""


def _why(error: urllib.error.HTTPError) -> str:
    """Return what the bot said with an error, on one line."""
    try:
        text = " ".join(error.read(300).decode(errors="replace").split())
    except (OSError, HTTPException):
        text = ""
    return f": {text}" if text else ""
