"""The engine of Kubernetes, on a cluster that answers as one does; on a real one where there is one."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from kubernetes import client

from bot.ports.engines import Condition, EngineError, Machine
from experiments.fleet.reading import read_fleet
from experiments.fleet.runners import Kubernetes
from experiments.placement import EngineKind
from runners.kubernetes.engine import KubernetesEngine
from tests.contracts.engines.kubernetes.bridge import RealStand
from tests.contracts.engines.kubernetes.stand import FOREVER, PAGE, PLACE, RUNNER, KubeStand, documented
from tests.contracts.engines.stand import Floor, floor
from tests.contracts.engines.suite import EngineSuite

pytestmark = pytest.mark.xdist_group("kubernetes")


class TestKubernetes(EngineSuite):
    """As every engine."""


class TestRealKubernetes(EngineSuite):
    """The same on a real cluster."""

    @pytest.fixture
    def floor(self, tmp_path: Path) -> Iterator[Floor]:
        kubeconfig, namespace = os.environ.get("KUBECONFIG", ""), os.environ.get("STUDIO_TEST_NAMESPACE", "")
        if not (kubeconfig and namespace):
            pytest.skip(
                "to try a real Kubernetes: KUBECONFIG names a kubeconfig, STUDIO_TEST_NAMESPACE a namespace of its "
                "cluster that has the Role of docs/runners/kubernetes.md"
            )
        image = os.environ.get("STUDIO_TEST_IMAGE", "busybox:stable")
        runner = Kubernetes(type=EngineKind.KUBERNETES, image=image, regions=[namespace])
        stand = RealStand(kubeconfig, runner, tmp_path, replace(PLACE, region=namespace))
        with floor(stand, tmp_path) as made:
            yield made


def started(floor: Floor) -> Machine:
    return floor.becomes(floor.launch(FOREVER), Condition.RUNNING)


def test_an_evicted_one_was_interrupted(stand: KubeStand, floor: Floor) -> None:
    machine = started(floor)
    pod = stand.pod(machine)
    disrupted = {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}
    stand.cluster.nodes.kill(pod)
    pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    assert floor.becomes(machine, Condition.ENDED).interrupted  # as older clusters say it
    pod["status"]["conditions"].append(disrupted | {"message": "The node was low on resource: memory."})
    ended = floor.engine.status(machine)
    assert (ended.interrupted, ended.said) == (True, "The node was low on resource: memory.")
    floor.until(lambda: not floor.names())


def test_one_that_used_more_disk_than_it_asked_for_was_not_interrupted(stand: KubeStand, floor: Floor) -> None:
    machine = started(floor)
    pod = stand.pod(machine)
    stand.cluster.nodes.kill(pod)
    message = "Pod ephemeral local storage usage exceeds the total limit of containers 1G."
    pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": message}
    ended = floor.becomes(machine, Condition.ENDED)
    assert (ended.interrupted, ended.said) == (False, f"Evicted: {message}")


def test_one_whose_pod_was_deleted_was_interrupted(stand: KubeStand, floor: Floor) -> None:
    machine = started(floor)
    stand.cluster.nodes.delete_pod(stand.pod(machine), 1)
    ended = floor.becomes(machine, Condition.ENDED)
    assert (ended.interrupted, ended.said) == (True, "Its pod was deleted.")


def test_one_whose_node_is_lost_was_interrupted(stand: KubeStand, floor: Floor) -> None:
    machine = started(floor)
    pod = stand.pod(machine)
    pod["spec"]["nodeName"] = "lost-1"  # nobody is there who would end it or say that it has ended
    stand.cluster.nodes.kill(pod)
    stand.cluster.nodes.delete_pod(pod, 30)
    assert floor.engine.status(machine).condition is Condition.RUNNING  # it may still be saving what it has
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    ended = floor.engine.status(machine)
    assert (ended.condition, ended.interrupted, ended.said) == (Condition.ENDED, True, "Its node lost-1 is lost.")
    assert not floor.names()


def test_one_that_fails_says_with_what(floor: Floor) -> None:
    ended = floor.becomes(floor.launch("exit 3"), Condition.ENDED)
    assert (ended.interrupted, ended.said) == (False, "Its script ended with exit code 3.")


def test_one_that_no_node_can_take_waits_and_says_for_what(stand: KubeStand, floor: Floor) -> None:
    order = floor.order("true")
    machine = floor.engine.launch(replace(order, place=replace(PLACE, gpu="2")))
    floor.until(lambda: "Insufficient nvidia.com/gpu" in floor.engine.status(machine).said)
    assert floor.engine.status(machine).condition is Condition.PENDING
    (waiting,) = floor.engine.list_owned()
    assert waiting.said == "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    floor.engine.cancel(machine)
    ended = floor.becomes(machine, Condition.ENDED)
    assert (ended.interrupted, ended.said) == (False, "It was cancelled.")


def test_one_whose_pod_is_not_admitted_waits_and_says_why(stand: KubeStand, floor: Floor) -> None:
    stand.cluster.nodes.admits_pods = 'pods "x" is forbidden: exceeded quota: few, requested: requests.cpu=4'
    machine = floor.launch("true")
    waiting = floor.engine.status(machine)
    assert (waiting.condition, waiting.said) == (Condition.PENDING, stand.cluster.nodes.admits_pods)


def test_one_that_a_queue_holds_can_be_cancelled_and_does_not_start_when_it_is_let_go(
    stand: KubeStand, floor: Floor
) -> None:
    stand.cluster.nodes.holds = True
    machine = floor.launch("true")
    assert floor.engine.status(machine).said == "It is suspended: a queue of the cluster holds it back."
    floor.engine.cancel(machine)
    assert floor.engine.status(machine).condition is Condition.ENDED
    stand.cluster.nodes.holds = False
    job = stand.cluster.nodes.jobs["training", machine.name]
    floor.until(lambda: "Failed" in [each["type"] for each in job["status"].get("conditions", [])])
    assert not stand.cluster.nodes.pods


def test_what_was_cancelled_is_not_started_again(floor: Floor) -> None:
    begun = floor.folder / "begun"
    order = floor.order(f"echo x >> {begun}; {FOREVER}")
    machine = floor.engine.launch(order)
    floor.until(begun.exists)
    floor.engine.cancel(machine, 1)
    assert floor.becomes(machine, Condition.ENDED).said == "It was cancelled."
    assert floor.engine.launch(order).condition is Condition.ENDED
    assert not floor.names()
    assert begun.read_text() == "x\n"


def test_an_order_that_is_too_old_starts_nothing(stand: KubeStand, floor: Floor) -> None:
    order = floor.order("true")
    assert floor.engine.launch(replace(order, expires=time.time() - 1)).condition is Condition.ENDED
    assert not stand.cluster.nodes.jobs


def test_what_has_ended_is_kept_until_its_order_is_too_old_and_its_script_goes_with_it(
    stand: KubeStand, floor: Floor
) -> None:
    machine = floor.launch("true")
    floor.becomes(machine, Condition.ENDED)
    floor.until(lambda: not floor.names())
    job = stand.cluster.nodes.jobs["training", machine.name]
    (order,) = floor.given
    assert time.time() + job["spec"]["ttlSecondsAfterFinished"] > order.expires
    assert stand.cluster.nodes.secrets
    job["spec"]["ttlSecondsAfterFinished"] = -5
    stand.turn()
    nodes = stand.cluster.nodes
    assert (nodes.jobs, nodes.pods, nodes.secrets) == ({}, {}, {})
    assert floor.engine.status(machine).condition is Condition.ENDED
    floor.engine.cancel(machine)
    assert floor.engine.logs(machine) == ""


def test_a_launch_that_died_between_its_calls_is_mended_by_the_next(stand: KubeStand, floor: Floor) -> None:
    order = floor.order(FOREVER)
    stand.cluster.may.remove(("", "secrets", "create"))
    with pytest.raises(EngineError):
        floor.engine.launch(order)
    assert floor.names() == [order.name]  # it ends at its limit, if no one else ends it
    stand.cluster.may = documented()
    floor.becomes(floor.engine.launch(order), Condition.RUNNING)


def test_one_that_nobody_remembers_the_namespace_of_is_found(floor: Floor) -> None:
    machine = replace(started(floor), id="")
    assert floor.engine.status(machine).condition is Condition.RUNNING
    floor.engine.cancel(machine, 1)
    floor.becomes(machine, Condition.ENDED)


def test_the_script_is_nowhere_but_in_its_secret_and_a_pod_has_no_token(stand: KubeStand, floor: Floor) -> None:
    machine = floor.launch(f"echo token-of-this-run; {FOREVER}")
    floor.becomes(machine, Condition.RUNNING)
    job, pod = stand.cluster.nodes.jobs["training", machine.name], stand.pod(machine)
    assert "token-of-this-run" not in str(job) + str(pod)
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & spec.keys()
    assert [sorted(volume) for volume in spec["volumes"]] == [["name", "secret"], ["emptyDir", "name"]]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_a_pod_gets_what_its_place_says(stand: KubeStand, floor: Floor) -> None:
    runner = RUNNER.model_copy(update={"node_selector": {"pool": "training"}, "regions": ["others"]})
    engine = KubernetesEngine(runner, "tests", stand.kubeconfig)
    place = replace(PLACE, region="others", machine="4/16Gi", gpu="1", disk=50, spot=True)
    machine = engine.launch(replace(floor.order(FOREVER), place=place))
    assert machine.spot
    spec = stand.cluster.nodes.jobs["others", machine.name]["spec"]["template"]["spec"]
    wanted = {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1", "ephemeral-storage": "50G"}
    assert spec["containers"][0]["resources"] == {"requests": wanted, "limits": wanted}
    assert spec["nodeSelector"] == {"pool": "training"}
    assert spec["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    floor.becomes(machine, Condition.RUNNING)


def test_the_role_in_the_documentation_is_what_is_used(stand: KubeStand, floor: Floor) -> None:
    machine = started(floor)
    assert floor.names()
    floor.engine.logs(machine)
    floor.engine.cancel(machine, 1)
    stand.cluster.nodes.admits_pods = "no"
    floor.engine.status(floor.launch("true"))
    assert stand.cluster.used == documented()


def test_the_examples_in_the_documentation_are_right() -> None:
    ours, role, *policy = re.findall("```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert set(Kubernetes.model_fields) == set(yaml.safe_load(ours)["runners"]["cluster"])
    assert isinstance(read_fleet(ours).runners["cluster"], Kubernetes)
    for text in yaml.safe_load_all("---\n".join([role, *policy])):
        getattr(client, f"V1{text['kind']}").model_validate(text)
