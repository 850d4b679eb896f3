"""The calls to a Kubernetes cluster, and what its refusals mean, in sentences for the reader of a pull request."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from bot.ports.engines import EngineError, NoRoom
from experiments.wording import quoted
from runners.kubernetes.job import CONTAINER, Manifest
from runners.kubernetes.state import short

DOCUMENT = "docs/runners/kubernetes.md"
_TIMEOUT = (5, 30)  # seconds to connect and for each read, of every call
_PAGE = 200
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_LATER = (408, 410, 429)


class Cluster:
    """Talks to one cluster: that of a kubeconfig's context, or the one that the bot itself runs in.

    Each call raises EngineError where the cluster refuses, and NoRoom where it does not answer.
    """

    def __init__(self, context: str = "", kubeconfig: str = "") -> None:
        settings = client.Configuration()
        settings.retries = 1
        self.namespace = _credentials(settings, context, kubeconfig)
        connection = client.ApiClient(settings)
        self._batch, self._core = client.BatchV1Api(connection), client.CoreV1Api(connection)

    def job(self, namespace: str, name: str) -> client.V1Job | None:
        with _asking("get", "jobs", namespace):
            return _or_none(self._batch.read_namespaced_job, name, namespace)

    def jobs(self, namespace: str, selector: str) -> Sequence[client.V1Job]:
        return self._all("jobs", self._batch.list_namespaced_job, namespace, label_selector=selector)

    def pods(self, namespace: str, selector: str) -> Sequence[client.V1Pod]:
        return self._all("pods", self._core.list_namespaced_pod, namespace, label_selector=selector)

    def complaints(self, namespace: str, uid: str) -> Sequence[str]:
        """Return the messages of the warnings about the object with this uid, the newest last."""
        events = self._all(
            "events", self._core.list_namespaced_event, namespace, field_selector=f"involvedObject.uid={uid}"
        )
        warnings = [event for event in events if event.type == "Warning"]
        warnings.sort(key=lambda event: event.last_timestamp.timestamp() if event.last_timestamp else 0.0)
        return [event.message or "" for event in warnings]

    def create_job(self, namespace: str, manifest: Manifest) -> client.V1Job | None:
        """Create a Job. Return None where a Job of this name already exists."""
        with _asking("create", "jobs", namespace):
            return _or_none(self._batch.create_namespaced_job, namespace, manifest, but=409)

    def create_secret(self, namespace: str, manifest: Manifest) -> None:
        """Create a Secret. A Secret of this name that already exists stays as it is."""
        with _asking("create", "secrets", namespace):
            _or_none(self._core.create_namespaced_secret, namespace, manifest, but=409)

    def patch_job(self, namespace: str, name: str, changes: Manifest) -> None:
        """Change a Job by a merge patch. Do nothing where the Job is gone."""
        with _asking("patch", "jobs", namespace):
            _or_none(
                self._batch.patch_namespaced_job, name, namespace, changes, _content_type="application/merge-patch+json"
            )

    def delete_pod(self, namespace: str, name: str, grace: int) -> None:
        """End a pod: SIGTERM at once, SIGKILL after `grace` seconds. Do nothing where the pod is gone."""
        with _asking("delete", "pods", namespace):
            _or_none(self._core.delete_namespaced_pod, name, namespace, grace_period_seconds=grace)

    def log(self, namespace: str, pod: str, most: int) -> bytes:
        """Return about the first `most` bytes of the pod's log; empty where its container has not begun or is gone."""
        with _asking("get", "pods/log", namespace):
            try:
                answer = _or_none(
                    self._core.read_namespaced_pod_log,
                    pod,
                    namespace,
                    container=CONTAINER,
                    limit_bytes=most,
                    _preload_content=False,
                )
            except ApiException as error:
                if error.status == 400:  # the container is waiting to start
                    return b""
                raise
            return bytes(answer.data) if answer else b""

    def _all(self, what: str, call: Callable[..., Any], namespace: str, **options: str) -> Sequence[Any]:
        found: list[Any] = []
        while True:
            with _asking("list", what, namespace):
                page = call(namespace, limit=_PAGE, _request_timeout=_TIMEOUT, **options)
            found += page.items
            if not page.metadata._continue:
                return found
            options["_continue"] = page.metadata._continue


def _or_none(call: Callable[..., Any], *args: object, but: int = 404, **options: object) -> Any:
    """Return what the cluster answers to a call; None where it answers with the HTTP status `but`."""
    try:
        return call(*args, _request_timeout=_TIMEOUT, **options)
    except ApiException as error:
        if error.status == but:
            return None
        raise


@contextmanager
def _asking(verb: str, what: str, namespace: str) -> Iterator[None]:
    try:
        yield
    except urllib3.exceptions.HTTPError as error:
        raise NoRoom("The Kubernetes cluster does not answer.") from error
    except ApiException as error:
        message = _message(error)
        asked = f"{verb} {what} in the namespace {quoted(namespace)}"
        if error.status == 0 and "CERTIFICATE_VERIFY_FAILED" not in message:
            raise NoRoom("The Kubernetes cluster does not answer.") from error
        if error.status in _LATER or (error.status or 0) >= 500:
            raise NoRoom(f"The Kubernetes cluster can't {asked} now: {message}") from error
        if error.status == 403 and "exceeded quota" in message:
            raise NoRoom(f"The quota of the namespace {quoted(namespace)} is used up: {message}") from error
        raise EngineError(_refusal(error.status, asked, namespace, message)) from error


def _refusal(status: int, asked: str, namespace: str, message: str) -> str:
    if status == 401:
        return (
            f"The Kubernetes cluster does not take the bot's credentials (to {asked}). Its operator can renew those of "
            f"the context in the kubeconfig: {DOCUMENT}."
        )
    if status == 403 and "cannot" in message:
        return f"The bot may not {asked}. Its operator can give it the Role that {DOCUMENT} shows."
    if status == 404:
        return f"The Kubernetes cluster has no namespace {quoted(namespace)}: {message}"
    return f"The Kubernetes cluster refuses to {asked}: {message}"


def _message(error: ApiException) -> str:
    """Return the message of the cluster's Status object: it says who may not do what, and holds no credential."""
    try:
        message = json.loads(error.body or "")["message"]
    except (ValueError, TypeError, KeyError):
        message = error.reason
    return short(str(message or error.status))


def _credentials(settings: client.Configuration, context: str, kubeconfig: str) -> str:
    """Put the credentials into `settings` and return the namespace that belongs to them."""
    file = kubeconfig or None  # by default KUBECONFIG, else ~/.kube/config
    try:
        config.load_kube_config(config_file=file, context=context or None, client_configuration=settings)
        contexts, current = config.list_kube_config_contexts(config_file=file)
        chosen = next((each for each in contexts if each["name"] == context), current)
        return str(chosen["context"].get("namespace") or "default")
    except (config.ConfigException, yaml.YAMLError) as error:  # its own words may hold a piece of the file
        if not _OWN_NAMESPACE.exists() or context or kubeconfig:
            which = f"no context {quoted(context)}" if context else "no current context"
            raise EngineError(
                f"The bot finds {which} in its kubeconfig, and no credentials of a pod. {DOCUMENT} tells its operator "
                "where they are looked for."
            ) from error
    config.load_incluster_config(client_configuration=settings)
    return _OWN_NAMESPACE.read_text().strip() or "default"
