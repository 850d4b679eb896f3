"""Requests to GitHub's REST API, which return an answer or raise one of four kinds of exception."""

import ipaddress
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, NoReturn

import gidgethub.abc
import httpx

from bot.errors import Forbidden, NotFound, TryLater
from services.github.errors import Unauthorized

TIMEOUT = httpx.Timeout(20.0, connect=5.0)  # seconds
PAUSES = (0.3, 1.0)  # seconds between tries of a GET, the only kind of request that is sent twice
REDIRECTS = 3
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def client_for(api_url: str) -> httpx.Client:
    """Return a client with every time-out set. It ignores the environment's proxies where GitHub is on this machine."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=not _is_loopback(httpx.URL(api_url).host))


class GitHubConnection(gidgethub.abc.GitHubAPI):  # type: ignore[misc]  # gidgethub is seen as Any (pyproject.toml)
    """gidgethub over a blocking client: 0.7 ms a call, where an event loop and a new client cost 27 ms.

    Its methods raise NotFound (404, 410), Forbidden (403, 451), TryLater (limits, 5xx, no connection) and Unauthorized.
    They raise gidgethub's own exceptions where the request itself is wrong.
    """

    def __init__(
        self,
        api_url: str,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__("studio", base_url=api_url.rstrip("/"))
        self._client = client or client_for(api_url)
        self._home = httpx.URL(api_url.rstrip("/") + "/")
        self._clock = clock
        self._pause = pause

    def get(self, path: str, names: Mapping[str, str], **credential: str) -> Any:
        """Return the answer's JSON. `names` fill in the URI template `path`; `credential` is `jwt` or `oauth_token`."""
        return _now_or_never(self.getitem(path, names, **credential))

    def send(self, method: str, path: str, names: Mapping[str, str], data: Any, **credential: str) -> Any:
        """Send `data` by POST or PATCH. Return the answer's JSON."""
        call = {"POST": self.post, "PATCH": self.patch}[method]
        return _now_or_never(call(path, names, data=data, **credential))

    def each(self, path: str, names: Mapping[str, str], field: str = "items", **credential: str) -> Iterator[Any]:
        """Yield the items of a list, page after page. `field` holds the list where the answer is an object."""
        items = self.getiter(path, names, iterable_key=field, **credential)
        while True:
            try:
                yield _now_or_never(anext(items))
            except StopAsyncIteration:
                return

    async def sleep(self, seconds: float) -> None:
        """Wait, as gidgethub's interface requires."""
        self._pause(seconds)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, httpx.Headers, bytes]:
        target = httpx.URL(url)
        for _ in range(REDIRECTS + 1):
            # gidgethub takes absolute URLs and httpx resolves `..`: neither may carry the token out of the API.
            if not self._is_home(target):
                raise Forbidden(f"{method} {target.path}: GitHub's answer leads to another host, {target.host}")
            response = self._send(method, target, headers, body)
            if response.status_code not in (301, 302, 307, 308):
                break
            # The repository was renamed. GitHub wants the same method again for each of these codes.
            target = target.join(response.headers.get("location", ""))
        if response.status_code in (401, 403, 404, 410, 429, 451) or response.status_code >= 500:
            self._refuse(f"{method} {target.path}", response)
        return response.status_code, response.headers, response.content

    def _is_home(self, target: httpx.URL) -> bool:
        same_host = (target.scheme, target.host, target.port) == (self._home.scheme, self._home.host, self._home.port)
        return same_host and target.path.startswith(self._home.path)

    def _send(self, method: str, target: httpx.URL, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        for pause in (*PAUSES, None):
            try:
                response = self._client.request(method, target, headers=dict(headers), content=body)
            except httpx.TransportError as trouble:
                if pause is None or (method != "GET" and not isinstance(trouble, NOT_SENT)):
                    raise TryLater(f"{method} {target.path}: no answer from {target.host} ({trouble})", 15.0) from None
            else:
                if pause is None or method != "GET" or response.status_code < 500:
                    return response
            self._pause(pause)
        raise AssertionError("the last try returns or raises")

    def _refuse(self, asked: str, response: httpx.Response) -> NoReturn:
        sentence = f"{asked}: {_sentence(response)}"
        if response.status_code in (404, 410):
            raise NotFound(sentence)
        if response.status_code == 401:
            raise Unauthorized(sentence)
        if response.status_code >= 500 or _is_limit(response):
            raise TryLater(sentence, _seconds(response, self._clock()))
        raise Forbidden(sentence)


def _now_or_never(call: Coroutine[Any, Any, Any]) -> Any:
    """Return a coroutine's result without an event loop. The client below blocks, so the coroutine never waits."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    call.close()
    raise RuntimeError("a request to GitHub waited for an event loop, and there is none")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sentence(response: httpx.Response) -> str:
    """Return GitHub's message on one line, or the status line where there is none."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    message = answer.get("message") if isinstance(answer, dict) else None
    return " ".join(str(message)[:500].split()) if message else f"{response.status_code} {response.reason_phrase}"


def _is_limit(response: httpx.Response) -> bool:
    """Return whether an answer means a rate limit. 403 may also mean a missing permission: headers and words tell."""
    if response.status_code == 429 or "retry-after" in response.headers:
        return True
    words = _sentence(response).lower()
    spent = response.headers.get("x-ratelimit-remaining") == "0"
    return response.status_code == 403 and (spent or "rate limit" in words or "abuse detection" in words)


def _seconds(response: httpx.Response, now: float) -> float:
    """Return the seconds to wait before the next try, from 1 to 3600."""
    headers = response.headers
    if headers.get("retry-after", "").isdecimal():
        wait = float(headers["retry-after"])
    elif headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdecimal():
        wait = float(headers["x-ratelimit-reset"]) - now
    else:
        wait = 60.0 if response.status_code < 500 else 15.0
    return min(max(wait, 1.0), 3600.0)
