"""Do a cluster's work: its controllers, and a node that runs what containers are to run."""

import base64
import os
import secrets
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Thing = dict[str, Any]  # as in JSON


def stamp(at: float) -> str:
    """Return a time as the API writes it: in whole seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Container:
    """Hold a running container: a process with a group of its own."""

    process: subprocess.Popen[bytes]
    notified: bool = False
    killed_at: float | None = None


@dataclass
class Nodes:
    """Bring about what `jobs`, `pods` and `secrets` (by namespace and name) ask for: `advance` does the next step."""

    folder: Path
    labels: dict[str, str] = field(default_factory=lambda: {"pool": "training"})
    gpus: int = 1
    jobs: dict[tuple[str, str], Thing] = field(default_factory=dict)
    pods: dict[tuple[str, str], Thing] = field(default_factory=dict)
    secrets: dict[tuple[str, str], Thing] = field(default_factory=dict)
    events: dict[tuple[str, str], Thing] = field(default_factory=dict)
    admits_pods: str = ""  # why not: a quota, a policy
    holds: bool = False  # a queue that suspends jobs which have not begun
    running: dict[str, Container] = field(default_factory=dict)  # by the pod's uid
    begun: dict[str, float] = field(default_factory=dict)  # by the Job's uid, to the millisecond
    gone_at: dict[str, float] = field(default_factory=dict)  # by the pod's uid: the end of its grace

    def advance(self) -> None:
        """Do whatever is due."""
        now = time.time()
        for key, pod in list(self.pods.items()):
            self._node(key, pod, now)
        for key, job in list(self.jobs.items()):
            self._job(key, job, now)
        uids = {job["metadata"]["uid"] for job in self.jobs.values()}
        for key, secret in list(self.secrets.items()):
            if any(each["uid"] not in uids for each in secret["metadata"].get("ownerReferences", [])):
                del self.secrets[key]

    def of(self, job: Thing) -> list[Thing]:
        """Return the pods of a Job."""
        uid = job["metadata"]["uid"]
        return [pod for pod in self.pods.values() if pod["metadata"]["ownerReferences"][0]["uid"] == uid]

    def delete_pod(self, pod: Thing, grace: int | None) -> None:
        """Tell a pod to end, and kill it after `grace` seconds; a later deletion can only shorten that."""
        uid, now = pod["metadata"]["uid"], time.time()
        seconds = pod["spec"]["terminationGracePeriodSeconds"] if grace is None else grace
        if uid not in self.gone_at or now + seconds < self.gone_at[uid]:
            self.gone_at[uid] = now + seconds
            pod["metadata"] |= {"deletionTimestamp": stamp(now + seconds), "deletionGracePeriodSeconds": seconds}

    def kill(self, pod: Thing) -> None:
        """Kill its processes, as if the power went off."""
        container = self.running.pop(pod["metadata"]["uid"], None)
        if container:
            os.killpg(container.process.pid, signal.SIGKILL)
            container.process.wait()

    def close(self) -> None:
        for pod in self.pods.values():
            self.kill(pod)

    # The Job controller of Kubernetes 1.31 and later, with backoffLimit 0: it ends a Job when its last pod has ended.

    def _job(self, key: tuple[str, str], job: Thing, now: float) -> None:
        spec, status, uid = job["spec"], job.setdefault("status", {}), job["metadata"]["uid"]
        conditions = {each["type"]: each for each in status.get("conditions", [])}
        over = conditions.get("Complete") or conditions.get("Failed")
        if over:
            ended = datetime.fromisoformat(over["lastTransitionTime"]).timestamp()
            if now > ended + spec["ttlSecondsAfterFinished"]:
                del self.jobs[key]
                for pod in self.of(job):
                    self.kill(pod)
                    del self.pods[key[0], pod["metadata"]["name"]]
            return
        if uid not in self.begun:
            spec["suspend"] = self.holds
            if self.holds:
                return
            self.begun[uid] = now
            status["startTime"] = stamp(now)
            if spec.get("parallelism") == 0:
                status["active"] = 0
            elif not self.admits_pods:
                self._create_pod(key, job, now)
            else:  # it tries again and again, which does not matter here
                self._event(key, job, self.admits_pods, now)
        pods = self.of(job)
        active = [pod for pod in pods if pod["status"]["phase"] in ("Pending", "Running")]
        if any(pod["status"]["phase"] == "Succeeded" for pod in pods):
            status |= {"succeeded": 1, "active": 0, "completionTime": stamp(now)}
            self._condition(job, "Complete", "CompletionsReached", now)
            return
        target = conditions.get("FailureTarget")
        reason = target["reason"] if target else ""
        if not reason and now > self.begun[uid] + spec["activeDeadlineSeconds"]:
            reason = "DeadlineExceeded"
        elif (
            not reason
            and "active" in status
            and (not active or any("deletionTimestamp" in pod["metadata"] for pod in active))
        ):
            reason = "BackoffLimitExceeded"
        if reason:
            for pod in active:
                if "deletionTimestamp" not in pod["metadata"]:
                    self.delete_pod(pod, None)
            status |= {"failed": 1, "active": 0, "terminating": len(active)}
            self._condition(job, "FailureTarget", reason, now)
            if not active:
                self._condition(job, "Failed", reason, now)

    def _condition(self, job: Thing, name: str, reason: str, now: float) -> None:
        conditions = job["status"].setdefault("conditions", [])
        if not any(each["type"] == name for each in conditions):
            at = stamp(now)
            made = {"type": name, "status": "True", "reason": reason, "message": f"Job has {reason}"}
            conditions.append(made | {"lastProbeTime": at, "lastTransitionTime": at})

    def _event(self, key: tuple[str, str], job: Thing, message: str, now: float) -> None:
        name, about = f"{key[1]}.{secrets.token_hex(8)}", {"kind": "Job", "name": key[1], "uid": job["metadata"]["uid"]}
        made = {"metadata": {"name": name, "namespace": key[0]}, "involvedObject": about, "lastTimestamp": stamp(now)}
        self.events[key[0], name] = made | {"type": "Warning", "reason": "FailedCreate", "message": message}

    def _create_pod(self, key: tuple[str, str], job: Thing, now: float) -> None:
        template, meta = job["spec"]["template"], job["metadata"]
        name, uid = f"{key[1]}-{secrets.token_hex(3)[:5]}", secrets.token_hex(16)
        labels = {"batch.kubernetes.io/job-name": key[1], "job-name": key[1]}
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": key[1], "uid": meta["uid"], "controller": True}
        metadata = template["metadata"] | {"name": name, "namespace": key[0], "uid": uid, "ownerReferences": [owner]}
        metadata |= {"labels": template["metadata"]["labels"] | labels, "creationTimestamp": stamp(now)}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": dict(template["spec"])}
        self.pods[key[0], name] = pod | {"status": {"phase": "Pending", "conditions": []}}
        job["status"]["active"] = 1

    # The scheduler and the kubelet.

    def _node(self, key: tuple[str, str], pod: Thing, now: float) -> None:
        uid, status = pod["metadata"]["uid"], pod["status"]
        if status["phase"] == "Pending" and uid not in self.gone_at:
            self._start(key, pod, now)
        container = self.running.get(uid)
        if container and uid in self.gone_at and not container.notified:
            container.notified = True
            os.kill(container.process.pid, signal.SIGTERM)  # only the first process gets the signal
        if container and uid in self.gone_at and now > self.gone_at[uid]:
            os.killpg(container.process.pid, signal.SIGKILL)
        if container and container.process.poll() is not None:
            with suppress(ProcessLookupError):  # what it started ends with it
                os.killpg(container.process.pid, signal.SIGKILL)
            del self.running[uid]
            code = container.process.returncode
            code = code if code >= 0 else 128 - code
            status["phase"] = "Failed" if code else "Succeeded"
            ended = {"exitCode": code, "reason": "Error" if code else "Completed", "finishedAt": stamp(now)}
            self._container(pod, {"terminated": ended})
        if uid in self.gone_at and uid not in self.running and not pod["spec"].get("nodeName", "").startswith("lost"):
            del self.pods[key]

    def _start(self, key: tuple[str, str], pod: Thing, now: float) -> None:
        spec, status = pod["spec"], pod["status"]
        wanted = int(spec["containers"][0]["resources"].get("limits", {}).get("nvidia.com/gpu", 0))
        missing = "Insufficient nvidia.com/gpu" if wanted > self.gpus else ""
        if not spec.get("nodeSelector", {}).items() <= self.labels.items():
            missing = "node(s) didn't match Pod's node affinity/selector"
        scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(now)}
        if missing:
            message = f"0/1 nodes are available: 1 {missing}."
            status["conditions"] = [scheduled | {"status": "False", "reason": "Unschedulable", "message": message}]
            return
        status["conditions"] = [scheduled]
        spec["nodeName"] = "node-1"
        (name,) = [each["secret"]["secretName"] for each in spec["volumes"] if "secret" in each]
        secret = self.secrets.get((key[0], name))
        if secret is None:
            self._container(pod, {"waiting": {"reason": "ContainerCreating"}})
            return
        status |= {"phase": "Running", "startTime": stamp(now)}
        self._container(pod, {"running": {"startedAt": stamp(now)}})
        self._run(pod, secret)

    def _run(self, pod: Thing, secret: Thing) -> None:
        """Run the container as its image would; the paths of its volumes are paths below our folder."""
        (container,) = pod["spec"]["containers"]
        home = self.folder / pod["metadata"]["uid"]
        paths = {each["mountPath"]: home / each["name"] for each in container["volumeMounts"]}
        for path in paths.values():
            path.mkdir(parents=True)
        for file, data in secret["data"].items():
            (home / "script" / file).write_bytes(base64.b64decode(data))

        def here(word: str) -> str:
            return next((word.replace(at, str(path), 1) for at, path in paths.items() if word.startswith(at)), word)

        env = {"PATH": os.environ["PATH"]} | {each["name"]: here(each["value"]) for each in container["env"]}
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [here(word) for word in container["command"]],
                cwd=home,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running[pod["metadata"]["uid"]] = Container(process)

    def _container(self, pod: Thing, state: Thing) -> None:
        image = pod["spec"]["containers"][0]["image"]
        made = {"name": "agent", "image": image, "imageID": image, "ready": "running" in state, "restartCount": 0}
        pod["status"]["containerStatuses"] = [made | {"state": state}]

    def log(self, pod: Thing) -> bytes | None:
        """Return the log; None where its container has not begun."""
        path = self.folder / pod["metadata"]["uid"] / "log"
        return path.read_bytes() if path.exists() else None
