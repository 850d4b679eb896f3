"""The Kubernetes engine: a Job for each attempt of a run."""

import codecs
import math
import time
from collections.abc import Sequence
from dataclasses import replace

from kubernetes import client

from bot.ports.engines import Condition, EngineError, Machine, Order
from experiments.fleet import runners
from experiments.wording import quoted
from runners.kubernetes.api import Cluster
from runners.kubernetes.job import ATTEMPT, CANCELLED, EXPIRES, OWNER, RUN, SPOT, job, secret, selector
from runners.kubernetes.state import judge, short

_LOG = 4_000_000  # bytes of a log that are read at once


class KubernetesEngine:
    """Launches and ends Jobs, as bot.ports.engines.Engine says; a machine's id is `namespace/uid`.

    A Job that has ended stays in the cluster for as long as its order may be given again, so that it is not started
    twice. `kubeconfig` is a path; where it is empty, the variable KUBECONFIG names the file.
    """

    def __init__(self, runner: runners.Kubernetes, owner: str, kubeconfig: str = "") -> None:
        self.runner = runner
        self.owner = owner
        self._cluster = Cluster(runner.context, kubeconfig)

    def launch(self, order: Order) -> Machine:
        namespace = order.place.region or self._cluster.namespace
        found = self._cluster.job(namespace, order.name)
        if found is None:
            seconds = min(order.seconds, math.ceil(order.expires - time.time()))
            if seconds <= 0:  # a Job that was there before may be deleted by now
                return Machine(order.name, "", order.run, order.attempt, Condition.ENDED, message="Its time was over.")
            manifest = job(order, self.runner, self.owner, seconds)
            found = self._cluster.create_job(namespace, manifest) or self._cluster.job(namespace, order.name)
        if found is None or not self._ours(found):
            raise EngineError(f"The cluster has a Job {quoted(order.name)} that is not of this bot.")
        machine = self._machine(found, self._pods(namespace, found))
        # The Job is created first: a Secret created before it would stay behind if the bot died between the two.
        if machine.condition is Condition.PENDING:
            self._cluster.create_secret(namespace, secret(order, self.owner, found.metadata.uid))
        return machine

    def status(self, machine: Machine) -> Machine:
        for namespace in self._namespaces(machine):
            found = self._job(namespace, machine)
            if found is not None:
                pods = self._pods(namespace, found)
                seen = self._machine(found, pods)
                if pods or seen.message or seen.condition is not Condition.PENDING:
                    return seen
                why = self._cluster.complaints(namespace, found.metadata.uid)  # a quota, a policy
                return replace(seen, message=short(why[-1])) if why else seen
        return Machine(
            machine.name,
            machine.id,
            machine.run,
            machine.attempt,
            Condition.ENDED,
            machine.expires,
            spot=machine.spot,
            message="The cluster has no such Job any more.",
        )

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        for namespace in self._namespaces(machine):
            found = self._job(namespace, machine)
            if found is None:
                continue
            pods = self._pods(namespace, found)
            if self._machine(found, pods).condition is Condition.ENDED:
                continue
            # The pod goes first: when the cluster ends a pod for its Job, it uses the grace period of the pod itself.
            for pod in pods:
                if pod.status.phase not in ("Succeeded", "Failed"):
                    self._cluster.delete_pod(namespace, pod.metadata.name, max(1, grace))  # 0 would orphan its process
            # The Job is not deleted: its name tells a repeated order from a new one. It starts no other pod.
            spec = {"activeDeadlineSeconds": 1, "parallelism": 0}
            ended = {"metadata": {"annotations": {CANCELLED: "true"}}, "spec": spec}
            self._cluster.patch_job(namespace, machine.name, ended)

    def logs(self, machine: Machine, offset: int = 0) -> str:
        for namespace in self._namespaces(machine):
            found = self._job(namespace, machine)
            for pod in self._pods(namespace, found) if found else ():
                data = self._cluster.log(namespace, pod.metadata.name, offset + _LOG)[offset:]
                # A character that is cut at the end is left out: the next piece begins with it.
                return codecs.getincrementaldecoder("utf-8")("replace").decode(data)
        return ""

    def list_owned(self) -> Sequence[Machine]:
        machines = []
        for namespace in self.runner.regions or (self._cluster.namespace,):
            jobs = self._cluster.jobs(namespace, selector(self.owner))
            pods = self._cluster.pods(namespace, selector(self.owner))
            machines += [self._machine(each, _of(each, pods)) for each in jobs]
        return [machine for machine in machines if machine.condition is not Condition.ENDED]

    def _namespaces(self, machine: Machine) -> Sequence[str]:
        """Return the machine's namespace, or all possible ones where the answer to its launch was never received."""
        namespace, _, _ = machine.id.partition("/")
        return (namespace,) if namespace else self.runner.regions or (self._cluster.namespace,)

    def _job(self, namespace: str, machine: Machine) -> client.V1Job | None:
        """Return the machine's Job; None where it is gone, or where another Job has its name now."""
        found = self._cluster.job(namespace, machine.name)
        _, _, uid = machine.id.partition("/")
        theirs = found is None or not self._ours(found) or (uid and uid != found.metadata.uid)
        return None if theirs else found

    def _ours(self, found: client.V1Job) -> bool:
        return bool((found.metadata.labels or {}).get(OWNER) == self.owner)

    def _pods(self, namespace: str, found: client.V1Job) -> Sequence[client.V1Pod]:
        labels = found.metadata.labels
        each = f"{selector(self.owner)},{RUN}={labels[RUN]},{ATTEMPT}={labels[ATTEMPT]}"
        return _of(found, self._cluster.pods(namespace, each))

    def _machine(self, found: client.V1Job, pods: Sequence[client.V1Pod]) -> Machine:
        labels, annotations = found.metadata.labels, found.metadata.annotations or {}
        seen = judge(found, pods, time.time())
        return Machine(
            name=found.metadata.name,
            id=f"{found.metadata.namespace}/{found.metadata.uid}",
            run=labels[RUN],
            attempt=int(labels[ATTEMPT]),
            condition=seen.condition,
            expires=float(annotations.get(EXPIRES, 0)),
            spot=SPOT in annotations,
            interrupted=seen.interrupted,
            message=seen.message,
        )


def _of(found: client.V1Job, pods: Sequence[client.V1Pod]) -> Sequence[client.V1Pod]:
    return [
        pod for pod in pods if any(owner.uid == found.metadata.uid for owner in pod.metadata.owner_references or [])
    ]
