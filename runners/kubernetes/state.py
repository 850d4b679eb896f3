"""Judges from a Job and its pods whether an attempt waits, runs or has ended, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kubernetes import client

from bot.ports.engines import Condition
from runners.kubernetes.job import CANCELLED, CONTAINER

LOST_AFTER = 60.0  # seconds after which a pod that should be gone counts as gone with its node

# Reasons of pods that were taken away, for clusters that are too old for the condition DisruptionTarget, and of pods
# that their node did not accept (OutOfcpu, OutOfmemory and similar).
_TAKEN = re.compile(r"Evicted|NodeLost|Preempt.*|.*Shutdown|Terminated|OutOf.+|UnexpectedAdmissionError|NodeAffinity")
_OWN_LIMIT = re.compile(r"exceed(s|ed) .*limit")  # evicted because it used more disk than it asked for: its own fault
_STARTS = ("ContainerCreating", "PodInitializing")


@dataclass(frozen=True)
class Judgement:
    """What the cluster says of one attempt, in the terms of Machine."""

    condition: Condition
    interrupted: bool = False
    message: str = ""


def judge(job: client.V1Job, pods: Sequence[client.V1Pod], now: float) -> Judgement:
    """Return the state of a Job. `now` is in seconds since the epoch.

    `pods` are the pods of this Job, read after the Job was. A pod that the Job counts and that is not in `pods` is
    gone.
    """
    pods = sorted(pods, key=lambda pod: pod.metadata.creation_timestamp or datetime.min.replace(tzinfo=UTC))
    alive = [pod for pod in pods if _alive(pod, now)]
    if alive:
        return _of_alive(alive[-1])
    if _true(job, "Complete"):
        return Judgement(Condition.ENDED)
    ending = _true(job, "Failed") or _true(job, "FailureTarget")
    status = job.status
    begun = bool(pods or ending or (status and (status.active or status.failed or status.terminating)))
    if CANCELLED in (job.metadata.annotations or {}):
        message = "It was cancelled."
        over = begun or job.spec.suspend  # a suspended Job gets no pod even when it is resumed
        return Judgement(Condition.ENDED if over else Condition.PENDING, message=message)
    if ending and ending.reason == "DeadlineExceeded":
        return Judgement(Condition.ENDED, message=f"It reached its limit of {job.spec.active_deadline_seconds} s.")
    if pods:
        return _of_dead(pods[-1])
    if begun:
        return Judgement(Condition.ENDED, True, "Its pod was deleted.")
    if job.spec.suspend:
        return Judgement(Condition.PENDING, message="It is suspended: a queue of the cluster holds it back.")
    return Judgement(Condition.PENDING)


def short(words: str | None, limit: int = 300) -> str:
    """Return the words on one line of at most `limit` characters."""
    text = " ".join((words or "").split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _true(of: client.V1Job | client.V1Pod, name: str) -> client.V1JobCondition | client.V1PodCondition | None:
    conditions = (of.status.conditions if of.status else None) or []
    return next((each for each in conditions if each.type == name and each.status == "True"), None)


def _alive(pod: client.V1Pod, now: float) -> bool:
    ends = pod.metadata.deletion_timestamp  # when the pod should be gone, its grace period included
    lost = ends is not None and now > ends.timestamp() + LOST_AFTER
    return pod.status.phase not in ("Succeeded", "Failed") and not lost


def _of_alive(pod: client.V1Pod) -> Judgement:
    if pod.status.phase != "Pending":
        return Judgement(Condition.RUNNING)
    for condition in pod.status.conditions or []:
        if condition.type == "PodScheduled" and condition.status == "False":
            return Judgement(Condition.PENDING, message=short(condition.message or condition.reason))
    for container in pod.status.container_statuses or []:
        waiting = container.state and container.state.waiting
        if waiting and waiting.reason not in _STARTS:
            return Judgement(
                Condition.PENDING, message=short(": ".join(filter(None, (waiting.reason, waiting.message))))
            )
    return Judgement(Condition.PENDING)


def _of_dead(pod: client.V1Pod) -> Judgement:
    status = pod.status
    if status.phase == "Succeeded":
        return Judgement(Condition.ENDED)
    disrupted = _true(pod, "DisruptionTarget")
    if disrupted:
        return Judgement(Condition.ENDED, True, short(disrupted.message or disrupted.reason))
    if status.phase != "Failed":
        return Judgement(Condition.ENDED, True, f"Its node {pod.spec.node_name or ''} is lost.".replace("  ", " "))
    message = short(": ".join(filter(None, (status.reason, status.message))))
    if status.reason and _TAKEN.fullmatch(status.reason) and not _OWN_LIMIT.search(status.message or ""):
        return Judgement(Condition.ENDED, True, message)
    if pod.metadata.deletion_timestamp:
        return Judgement(Condition.ENDED, True, "Its pod was deleted.")
    return Judgement(Condition.ENDED, message=message or _exit(pod))


def _exit(pod: client.V1Pod) -> str:
    for container in pod.status.container_statuses or []:
        ended = container.state and container.state.terminated
        if ended and container.name == CONTAINER:
            if ended.reason == "OOMKilled":
                return "It needed more memory than its machine has, and was killed (OOMKilled)."
            return f"Its script ended with exit code {ended.exit_code}."
    return ""
