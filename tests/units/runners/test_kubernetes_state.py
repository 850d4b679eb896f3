"""The state of a machine, by its Job and its pod."""

from typing import Any

import pytest
from kubernetes import client

from bot.ports.engines import Condition
from runners.kubernetes.state import Judgement, judge

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
PENDING, RUNNING, ENDED = Condition.PENDING, Condition.RUNNING, Condition.ENDED


def job(*conditions: str, annotations: dict[str, str] | None = None, suspend: bool = False, **status: int) -> Any:
    """Return a Job; `conditions` are written as `Failed:DeadlineExceeded`."""
    pairs = [each.partition(":") for each in conditions]
    reported = [{"type": name, "status": "True", "reason": reason} for name, _, reason in pairs]
    template = {"spec": {"containers": [{"name": "agent"}]}}
    return client.V1Job.model_validate(
        {
            "metadata": {"name": "studio-a-b-1", "annotations": annotations},
            "spec": {"template": template, "activeDeadlineSeconds": 60, "suspend": suspend},
            "status": {"conditions": reported, **status},
        }
    )


def pod(phase: str, state: dict[str, Any] | None = None, deleted: str = "", **status: Any) -> Any:
    """Return a pod; `state` is that of its container."""
    container = {"name": "agent", "image": "i", "imageID": "i", "ready": False, "restartCount": 0, "state": state or {}}
    metadata = {"name": "p", "creationTimestamp": "2027-01-15T07:00:00Z", "deletionTimestamp": deleted or None}
    return client.V1Pod.model_validate(
        {
            "metadata": metadata,
            "spec": {"containers": [{"name": "agent"}], "nodeName": "node-1"},
            "status": {"phase": phase, "containerStatuses": [container], **status},
        }
    )


def exited(code: int, reason: str = "Error") -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason}}


PULL = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "training:1"'}}
FAILED = job("Failed:BackoffLimitExceeded", failed=1)
CANCELLED = {"studio/cancelled": "true"}
SHUTDOWN: dict[str, Any] = {
    "reason": "Terminated",
    "message": "Pod was terminated in response to imminent node shutdown.",
}
DISRUPTED = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": "preempting"}


@pytest.mark.parametrize(
    ("of", "pods", "expected"),
    [
        (job(), [], Judgement(PENDING)),
        (job(suspend=True), [], Judgement(PENDING, message="It is suspended: a queue of the cluster holds it back.")),
        (job(active=1), [pod("Pending", {"waiting": {"reason": "ContainerCreating"}})], Judgement(PENDING)),
        (
            job(active=1),
            [pod("Pending", PULL)],
            Judgement(PENDING, message='ImagePullBackOff: Back-off pulling image "training:1"'),
        ),
        (job(active=1), [pod("Running")], Judgement(RUNNING)),
        (job(active=1), [], Judgement(ENDED, True, "Its pod was deleted.")),
        (job("Complete", succeeded=1), [pod("Succeeded", exited(0))], Judgement(ENDED)),
        (FAILED, [pod("Failed", exited(3))], Judgement(ENDED, message="Its script ended with exit code 3.")),
        (
            FAILED,
            [pod("Failed", exited(137, "OOMKilled"))],
            Judgement(ENDED, message="It needed more memory than its machine has, and was killed (OOMKilled)."),
        ),
        (FAILED, [pod("Failed", **SHUTDOWN)], Judgement(ENDED, True, f"Terminated: {SHUTDOWN['message']}")),
        (FAILED, [pod("Failed", reason="OutOfcpu")], Judgement(ENDED, True, "OutOfcpu")),
        (FAILED, [pod("Failed", exited(143), conditions=[DISRUPTED])], Judgement(ENDED, True, "preempting")),
        (FAILED, [pod("Failed", exited(143), "2027-01-15T08:00:30Z")], Judgement(ENDED, True, "Its pod was deleted.")),
        # Clusters before 1.31 call a Job failed while its pod has not ended yet.
        (job("Failed:DeadlineExceeded"), [pod("Running", deleted="2027-01-15T08:00:30Z")], Judgement(RUNNING)),
        (job("Failed:DeadlineExceeded"), [], Judgement(ENDED, message="It reached its limit of 60 s.")),
        (
            job("FailureTarget:BackoffLimitExceeded"),
            [pod("Running", deleted="2027-01-15T07:58:59Z")],
            Judgement(ENDED, True, "Its node node-1 is lost."),
        ),
        (job(annotations=CANCELLED), [], Judgement(PENDING, message="It was cancelled.")),
        (job(annotations=CANCELLED, suspend=True), [], Judgement(ENDED, message="It was cancelled.")),
        (
            job("Failed:DeadlineExceeded", annotations=CANCELLED),
            [pod("Failed", exited(143))],
            Judgement(ENDED, message="It was cancelled."),
        ),
    ],
)
def test_a_job_and_its_pods_give_the_state_of_a_machine(of: Any, pods: list[Any], expected: Judgement) -> None:
    assert judge(of, pods, NOW) == expected


def test_of_two_pods_the_newer_one_counts() -> None:
    first, second = pod("Failed", exited(3)), pod("Failed", exited(4))
    second.metadata.creation_timestamp = "2027-01-15T07:30:00Z"
    assert judge(FAILED, [second, first], NOW).message == "Its script ended with exit code 4."
