"""Serve a Kubernetes API on this machine for Jobs, their pods and Secrets; what it is told to run really runs.

Requests and answers are held to the API's published schema, of which the official client's models are made.
"""

import base64
import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pydantic
import yaml
from kubernetes import client

from tests.contracts.engines.kubernetes.nodes import Nodes, Thing, stamp

_PATH = re.compile(r"/(api|apis/batch)/v1/namespaces/([^/]+)/(jobs|pods|secrets|events)(?:/([^/]+)(/log)?)?")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"|[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_MODELS = {"jobs": client.V1Job, "pods": client.V1Pod, "secrets": client.V1Secret, "events": client.CoreV1Event}
_LISTS = {"jobs": client.V1JobList, "pods": client.V1PodList, "events": client.CoreV1EventList}
_MAY_CHANGE = {"activeDeadlineSeconds", "parallelism", "suspend", "backoffLimit", "ttlSecondsAfterFinished"}
_REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "AlreadyExists"}
_REASONS |= {422: "Invalid", 503: "ServiceUnavailable"}


class Refused(Exception):
    """Carry a Status object of the API."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Cluster:
    """Hold a cluster's objects, for tests to look at and to harm."""

    nodes: Nodes
    may: set[tuple[str, str, str]]  # group, resource, verb
    namespaces: tuple[str, ...] = ("training", "others")
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    page: int = 1  # objects of a list at once, at most
    refuses: Refused | None = None  # whatever is requested
    used: set[tuple[str, str, str]] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def advance(self) -> None:
        """Let the controllers and the node do what is due."""
        with self.lock:
            self.nodes.advance()

    def answer(self, method: str, url: str, token: str, body: Thing, kind: str = "") -> tuple[Thing | bytes, int]:
        """Return the answer of the API, and its status."""
        with self.lock:
            self.nodes.advance()
            if token != f"Bearer {self.token}":
                raise Refused(401, "Unauthorized")
            if self.refuses:
                raise self.refuses
            address, query = (
                urlsplit(url).path,
                {key: last for key, (*_, last) in parse_qs(urlsplit(url).query).items()},
            )
            match = _PATH.fullmatch(address)
            if not match:
                raise Refused(404, "the server could not find the requested resource")
            _, namespace, what, name, log = match.groups()
            verb = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}.get(method, "get" if name else "list")
            self._allow("batch" if what == "jobs" else "", what + (log or ""), verb, namespace)
            if verb == "create":
                return self._create(namespace, what, body), 201
            objects: dict[tuple[str, str], Thing] = getattr(self.nodes, what)
            if verb == "list":
                return self._list(namespace, what, query), 200
            if (namespace, name) not in objects:
                raise Refused(404, f'{what} "{name}" not found')
            item = objects[namespace, name]
            if log:
                return self._log(item, query), 200
            if verb == "patch":
                if kind != "application/merge-patch+json":  # nothing else is known here
                    raise Refused(415, f"the body of the request was in an unknown format: {kind}")
                return self._patch(item, what, body), 200
            if verb == "delete":
                grace = query.get("gracePeriodSeconds")
                self.nodes.delete_pod(item, None if grace is None else int(grace))
            return _MODELS[what].model_validate(item) and item, 200

    def _allow(self, group: str, what: str, verb: str, namespace: str) -> None:
        if (group, what, verb) not in self.may:
            who, where = 'User "system:serviceaccount:bots:studio"', f'in the namespace "{namespace}"'
            api = f'in API group "{group}"'
            raise Refused(403, f'{what} is forbidden: {who} cannot {verb} resource "{what}" {api} {where}')
        self.used.add((group, what, verb))

    def _create(self, namespace: str, what: str, body: Thing) -> Thing:
        try:
            _MODELS[what].model_validate(body)
        except pydantic.ValidationError as error:
            raise Refused(400, f"strict decoding error: {error}") from error
        metadata, objects = body["metadata"], getattr(self.nodes, what)
        name = metadata["name"]
        if namespace not in self.namespaces:
            raise Refused(404, f'namespaces "{namespace}" not found')
        if (namespace, name) in objects:
            raise Refused(409, f'{what} "{name}" already exists')
        wrong = [each for each in metadata.get("labels", {}).values() if not _LABEL.fullmatch(each)]
        wrong += [] if _NAME.fullmatch(name) else [name]
        if wrong:
            raise Refused(422, f'{what} "{name}" is invalid: metadata: Invalid value: "{wrong[0]}"')
        metadata |= {"namespace": namespace, "uid": secrets.token_hex(16), "creationTimestamp": stamp(time.time())}
        if what == "secrets":  # stringData can only be written
            strings = body.pop("stringData", {}).items()
            body["data"] = {key: base64.b64encode(each.encode()).decode() for key, each in strings}
        objects[namespace, name] = body
        return body

    def _list(self, namespace: str, what: str, query: dict[str, str]) -> Thing:
        wanted = [each.partition("=") for each in query.get("labelSelector", "").split(",") if each]
        field, _, value_of_field = query.get("fieldSelector", "").partition("=")

        def matches(item: Thing) -> bool:
            labels = item["metadata"].get("labels", {})
            fields = {f"involvedObject.{key}": value for key, value in item.get("involvedObject", {}).items()}
            return all(key in labels and (not sign or labels[key] == value) for key, sign, value in wanted) and (
                not field or fields[field] == value_of_field
            )

        objects = getattr(self.nodes, what)
        found = [item for (where, _), item in sorted(objects.items()) if where == namespace and matches(item)]
        start, size = int(query.get("continue") or 0), min(self.page, int(query.get("limit") or self.page))
        more = {"continue": str(start + size)} if start + size < len(found) else {}
        answer = {"metadata": {"resourceVersion": "1", **more}, "items": found[start : start + size]}
        assert _LISTS[what].model_validate(answer)
        return answer

    def _patch(self, item: Thing, what: str, body: Thing) -> Thing:
        for key in body.get("spec", {}):
            if key not in _MAY_CHANGE:
                raise Refused(422, f"spec.{key}: Invalid value: field is immutable")
        _merge(item, body)
        assert _MODELS[what].model_validate(item)
        return item

    def _log(self, pod: Thing, query: dict[str, str]) -> bytes:
        data = self.nodes.log(pod)
        if data is None:
            name = pod["metadata"]["name"]
            raise Refused(400, f'container "agent" in pod "{name}" is waiting to start: ContainerCreating')
        return data[: int(query.get("limitBytes", len(data)))]


def _merge(item: Thing, changes: Thing) -> None:
    """Return a document after a JSON merge patch (RFC 7386)."""
    for key, value in changes.items():
        if value is None:
            item.pop(key, None)
        elif isinstance(value, dict) and isinstance(item.get(key), dict):
            _merge(item[key], value)
        else:
            item[key] = value


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: of two, the second would wait for the first to be acknowledged
    cluster: Cluster

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        answer: Thing | bytes
        try:
            token, kind = self.headers.get("Authorization", ""), self.headers.get("Content-Type", "")
            answer, code = self.cluster.answer(self.command, self.path, token, body, kind)
        except Refused as refused:
            code = refused.code
            answer = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code}
            answer |= {"message": str(refused), "reason": _REASONS.get(code, "InternalError")}
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, bytes) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def log_message(self, *_: object) -> None:
        """Print nothing: a test's output is its own."""


@contextmanager
def serving(cluster: Cluster, kubeconfig: Path) -> Iterator[ThreadingHTTPServer]:
    """Serve it until the end, with a kubeconfig that leads there."""
    door = type("Door", (_Door,), {"cluster": cluster})
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    kubeconfig.write_text(yaml.safe_dump(_kubeconfig(f"http://127.0.0.1:{server.server_port}", cluster.token)))
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        cluster.nodes.close()


def _kubeconfig(server: str, token: str) -> Thing:
    context = {"cluster": "here", "user": "bot", "namespace": "training"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": {"server": server}}],
        "users": [{"name": "bot", "user": {"token": token}}, {"name": "nobody", "user": {"token": "old"}}],
        "contexts": [
            {"name": "here", "context": context},
            {"name": "nobody", "context": context | {"user": "nobody"}},
        ],
        "current-context": "here",
    }
