"""Builds what a cluster is asked to create: the Job of one attempt, and the Secret that holds its script."""

import re
from collections.abc import Mapping

from bot.ports.engines import EngineError, Order
from experiments.fleet.runners import Kubernetes
from experiments.wording import quoted

Manifest = dict[str, object]

CONTAINER = "agent"
RUN, ATTEMPT, OWNER = "studio/run", "studio/attempt", "studio/owner"  # labels, of Job and pod
EXPIRES, SPOT, CANCELLED = "studio/expires", "studio/spot", "studio/cancelled"  # annotations of the Job
MANAGED = {"app.kubernetes.io/managed-by": "studio"}
GRACE = 30  # seconds from SIGTERM to SIGKILL where the cluster itself ends a pod

_FOLDER, _FILE = "/run/studio", "start"
_HOME = "/home/studio"
_SHAPE = re.compile(r"([0-9]+(?:\.[0-9]+)?m?)/([0-9]+(?:\.[0-9]+)?(?:[KMGTPE]i|[kMGTPE])?)")
_KEPT = 3600  # seconds that an ended Job is kept beyond the order's limit, because clocks differ
# A cluster that removes nodes waits until pods with these annotations have ended. They do not prevent evictions.
_STAY = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false", "karpenter.sh/do-not-disrupt": "true"}


def selector(owner: str) -> str:
    """Return the label selector that finds everything that this owner launched."""
    return ",".join([*(f"{key}={value}" for key, value in {**MANAGED, OWNER: owner}.items()), RUN, ATTEMPT])


def job(order: Order, runner: Kubernetes, owner: str, seconds: int) -> Manifest:
    """Return the manifest of a Job with one pod that runs the script for at most `seconds`.

    Raises EngineError where the order's place is not one that Kubernetes offers.
    """
    labels = {**MANAGED, OWNER: owner, RUN: order.run, ATTEMPT: str(order.attempt)}
    annotations = {EXPIRES: f"{order.expires:.0f}"} | ({SPOT: "true"} if order.place.spot else {})
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": order.name, "labels": labels, "annotations": annotations},
        "spec": {
            "activeDeadlineSeconds": seconds,
            "backoffLimit": 0,  # another attempt has another name
            # An ended Job stays for as long as the order may be given again: its name then shows that it was started.
            "ttlSecondsAfterFinished": order.seconds + _KEPT,
            "template": {"metadata": {"labels": labels, "annotations": _STAY}, "spec": _pod(order, runner)},
        },
    }


def secret(order: Order, owner: str, job_uid: str) -> Manifest:
    """Return the manifest of the Secret with the script, which the pod waits for.

    The Job owns the Secret: the cluster deletes both together, and keeps no Secret whose Job was never created.
    """
    belongs = {"apiVersion": "batch/v1", "kind": "Job", "name": order.name, "uid": job_uid}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": order.name, "labels": {**MANAGED, OWNER: owner}, "ownerReferences": [belongs]},
        "type": "Opaque",
        "immutable": True,
        "stringData": {_FILE: order.script},
    }


def _pod(order: Order, runner: Kubernetes) -> Manifest:
    gpu = {"key": runner.gpu_resource, "operator": "Exists", "effect": "NoSchedule"}
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": GRACE,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "shareProcessNamespace": True,  # else the script is process 1, which ignores every signal without a handler
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "nodeSelector": dict(runner.node_selector),
        "tolerations": [gpu] if order.place.gpu else [],  # nodes with GPUs refuse pods that ask for none
        "containers": [
            {
                "name": CONTAINER,
                "image": runner.image,
                "command": ["/bin/sh", f"{_FOLDER}/{_FILE}"],
                "env": [{"name": "HOME", "value": _HOME}],
                "resources": _resources(order, runner),
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "volumeMounts": [
                    {"name": "script", "mountPath": _FOLDER, "readOnly": True},
                    {"name": "home", "mountPath": _HOME},
                ],
            }
        ],
        "volumes": [
            # Readable by whatever user the image has; nobody else is in the pod.
            {"name": "script", "secret": {"secretName": order.name, "defaultMode": 0o444}},
            {"name": "home", "emptyDir": {}},
        ],
    }


def _resources(order: Order, runner: Kubernetes) -> Manifest:
    amounts = _size(order.place.machine) | _gpus(order.place.gpu, runner)
    if order.place.disk:
        amounts["ephemeral-storage"] = f"{order.place.disk}G"
    return {"requests": amounts, "limits": amounts}


def _size(machine: str) -> dict[str, str]:
    if not machine:
        return {}
    match = _SHAPE.fullmatch(machine)
    if not match:
        raise EngineError(f"{quoted(machine)} is no machine of Kubernetes: write `cpu/memory`, as in `4/16Gi`.")
    return {"cpu": match[1], "memory": match[2]}


def _gpus(gpu: str, runner: Kubernetes) -> dict[str, str]:
    kind, _, count = gpu.rpartition(":")
    if not count:
        return {}
    if kind and not _named(kind, runner.gpu_resource, runner.node_selector):
        raise EngineError(
            f"{quoted(f'--gpu {gpu}')} asks for a GPU by name, and this runner knows none of that name: write how "
            f"many, `{count}`. Which they are is what its operator writes into `node_selector`."
        )
    return {runner.gpu_resource: count}


def _named(kind: str, resource: str, labels: Mapping[str, str]) -> bool:
    return any(kind.lower() in each.lower() for each in (resource, *labels.values()))
