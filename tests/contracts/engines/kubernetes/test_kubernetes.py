"""The engine of Kubernetes, on a cluster that answers as one does; also on a real one where there is one."""

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
from tests.contracts.engines.backend import Launcher, launcher
from tests.contracts.engines.kubernetes.backend import FOREVER, PAGE, PLACE, RUNNER, KubeBackend, documented
from tests.contracts.engines.kubernetes.bridge import RealBackend
from tests.contracts.engines.suite import EngineSuite

pytestmark = pytest.mark.xdist_group("kubernetes")


class TestKubernetes(EngineSuite):
    """Run the suite of every engine."""


class TestRealKubernetes(EngineSuite):
    """Run the same on a real cluster."""

    @pytest.fixture
    def launcher(self, tmp_path: Path) -> Iterator[Launcher]:
        kubeconfig, namespace = os.environ.get("KUBECONFIG", ""), os.environ.get("STUDIO_TEST_NAMESPACE", "")
        if not (kubeconfig and namespace):
            pytest.skip(
                "to try a real Kubernetes: KUBECONFIG names a kubeconfig, STUDIO_TEST_NAMESPACE a namespace of its "
                "cluster that has the Role of docs/runners/kubernetes.md"
            )
        image = os.environ.get("STUDIO_TEST_IMAGE", "busybox:stable")
        runner = Kubernetes(type=EngineKind.KUBERNETES, image=image, regions=[namespace])
        backend = RealBackend(kubeconfig, runner, tmp_path, replace(PLACE, region=namespace))
        with launcher(backend, tmp_path) as made:
            yield made


def started(launcher: Launcher) -> Machine:
    return launcher.becomes(launcher.launch(FOREVER), Condition.RUNNING)


def test_an_evicted_machine_was_interrupted(backend: KubeBackend, launcher: Launcher) -> None:
    machine = started(launcher)
    pod = backend.pod(machine)
    disrupted = {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}
    backend.cluster.nodes.kill(pod)
    pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    assert launcher.becomes(machine, Condition.ENDED).interrupted  # as older clusters report it
    pod["status"]["conditions"].append(disrupted | {"message": "The node was low on resource: memory."})
    ended = launcher.engine.status(machine)
    assert (ended.interrupted, ended.message) == (True, "The node was low on resource: memory.")
    launcher.until(lambda: not launcher.names())


def test_a_machine_that_used_more_disk_than_it_requested_was_not_interrupted(
    backend: KubeBackend, launcher: Launcher
) -> None:
    machine = started(launcher)
    pod = backend.pod(machine)
    backend.cluster.nodes.kill(pod)
    message = "Pod ephemeral local storage usage exceeds the total limit of containers 1G."
    pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": message}
    ended = launcher.becomes(machine, Condition.ENDED)
    assert (ended.interrupted, ended.message) == (False, f"Evicted: {message}")


def test_a_machine_whose_pod_was_deleted_was_interrupted(backend: KubeBackend, launcher: Launcher) -> None:
    machine = started(launcher)
    backend.cluster.nodes.delete_pod(backend.pod(machine), 1)
    ended = launcher.becomes(machine, Condition.ENDED)
    assert (ended.interrupted, ended.message) == (True, "Its pod was deleted.")


def test_a_machine_whose_node_is_lost_was_interrupted(backend: KubeBackend, launcher: Launcher) -> None:
    machine = started(launcher)
    pod = backend.pod(machine)
    pod["spec"]["nodeName"] = "lost-1"  # nobody is there to end it or to report its end
    backend.cluster.nodes.kill(pod)
    backend.cluster.nodes.delete_pod(pod, 30)
    assert launcher.engine.status(machine).condition is Condition.RUNNING  # it may still be saving its files
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    ended = launcher.engine.status(machine)
    assert (ended.condition, ended.interrupted, ended.message) == (Condition.ENDED, True, "Its node lost-1 is lost.")
    assert not launcher.names()


def test_a_failed_machine_reports_its_exit_code(launcher: Launcher) -> None:
    ended = launcher.becomes(launcher.launch("exit 3"), Condition.ENDED)
    assert (ended.interrupted, ended.message) == (False, "Its script ended with exit code 3.")


def test_a_machine_that_no_node_can_take_waits_with_the_reason(backend: KubeBackend, launcher: Launcher) -> None:
    order = launcher.order("true")
    machine = launcher.engine.launch(replace(order, place=replace(PLACE, gpu="2")))
    launcher.until(lambda: "Insufficient nvidia.com/gpu" in launcher.engine.status(machine).message)
    assert launcher.engine.status(machine).condition is Condition.PENDING
    (waiting,) = launcher.engine.list_owned()
    assert waiting.message == "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    launcher.engine.cancel(machine)
    ended = launcher.becomes(machine, Condition.ENDED)
    assert (ended.interrupted, ended.message) == (False, "It was cancelled.")


def test_a_machine_whose_pod_is_not_admitted_waits_with_the_reason(backend: KubeBackend, launcher: Launcher) -> None:
    backend.cluster.nodes.admits_pods = 'pods "x" is forbidden: exceeded quota: few, requested: requests.cpu=4'
    machine = launcher.launch("true")
    waiting = launcher.engine.status(machine)
    assert (waiting.condition, waiting.message) == (Condition.PENDING, backend.cluster.nodes.admits_pods)


def test_a_machine_held_by_a_queue_can_be_cancelled_and_never_starts(backend: KubeBackend, launcher: Launcher) -> None:
    backend.cluster.nodes.holds = True
    machine = launcher.launch("true")
    assert launcher.engine.status(machine).message == "It is suspended: a queue of the cluster holds it back."
    launcher.engine.cancel(machine)
    assert launcher.engine.status(machine).condition is Condition.ENDED
    backend.cluster.nodes.holds = False
    job = backend.cluster.nodes.jobs["training", machine.name]
    launcher.until(lambda: "Failed" in [each["type"] for each in job["status"].get("conditions", [])])
    assert not backend.cluster.nodes.pods


def test_a_cancelled_order_is_not_started_again(launcher: Launcher) -> None:
    begun = launcher.folder / "begun"
    order = launcher.order(f"echo x >> {begun}; {FOREVER}")
    machine = launcher.engine.launch(order)
    launcher.until(begun.exists)
    launcher.engine.cancel(machine, 1)
    assert launcher.becomes(machine, Condition.ENDED).message == "It was cancelled."
    assert launcher.engine.launch(order).condition is Condition.ENDED
    assert not launcher.names()
    assert begun.read_text() == "x\n"


def test_an_order_that_is_too_old_starts_nothing(backend: KubeBackend, launcher: Launcher) -> None:
    order = launcher.order("true")
    assert launcher.engine.launch(replace(order, expires=time.time() - 1)).condition is Condition.ENDED
    assert not backend.cluster.nodes.jobs


def test_an_ended_machine_is_kept_until_its_order_is_too_old_and_its_script_is_deleted_with_it(
    backend: KubeBackend, launcher: Launcher
) -> None:
    machine = launcher.launch("true")
    launcher.becomes(machine, Condition.ENDED)
    launcher.until(lambda: not launcher.names())
    job = backend.cluster.nodes.jobs["training", machine.name]
    (order,) = launcher.given
    assert time.time() + job["spec"]["ttlSecondsAfterFinished"] > order.expires
    assert backend.cluster.nodes.secrets
    job["spec"]["ttlSecondsAfterFinished"] = -5
    backend.advance()
    nodes = backend.cluster.nodes
    assert (nodes.jobs, nodes.pods, nodes.secrets) == ({}, {}, {})
    assert launcher.engine.status(machine).condition is Condition.ENDED
    launcher.engine.cancel(machine)
    assert launcher.engine.logs(machine) == ""


def test_a_launch_that_was_cut_off_between_its_calls_is_completed_by_the_next(
    backend: KubeBackend, launcher: Launcher
) -> None:
    order = launcher.order(FOREVER)
    backend.cluster.may.remove(("", "secrets", "create"))
    with pytest.raises(EngineError):
        launcher.engine.launch(order)
    assert launcher.names() == [order.name]  # it ends at its limit if nothing else ends it
    backend.cluster.may = documented()
    launcher.becomes(launcher.engine.launch(order), Condition.RUNNING)


def test_a_machine_is_found_even_if_its_namespace_is_not_known(launcher: Launcher) -> None:
    machine = replace(started(launcher), id="")
    assert launcher.engine.status(machine).condition is Condition.RUNNING
    launcher.engine.cancel(machine, 1)
    launcher.becomes(machine, Condition.ENDED)


def test_the_script_is_only_in_its_secret_and_a_pod_has_no_token(backend: KubeBackend, launcher: Launcher) -> None:
    machine = launcher.launch(f"echo token-of-this-run; {FOREVER}")
    launcher.becomes(machine, Condition.RUNNING)
    job, pod = backend.cluster.nodes.jobs["training", machine.name], backend.pod(machine)
    assert "token-of-this-run" not in str(job) + str(pod)
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & spec.keys()
    assert [sorted(volume) for volume in spec["volumes"]] == [["name", "secret"], ["emptyDir", "name"]]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_a_pod_gets_what_its_placement_says(backend: KubeBackend, launcher: Launcher) -> None:
    runner = RUNNER.model_copy(update={"node_selector": {"pool": "training"}, "regions": ["others"]})
    engine = KubernetesEngine(runner, "tests", backend.kubeconfig)
    place = replace(PLACE, region="others", machine="4/16Gi", gpu="1", disk=50, spot=True)
    machine = engine.launch(replace(launcher.order(FOREVER), place=place))
    assert machine.spot
    spec = backend.cluster.nodes.jobs["others", machine.name]["spec"]["template"]["spec"]
    wanted = {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1", "ephemeral-storage": "50G"}
    assert spec["containers"][0]["resources"] == {"requests": wanted, "limits": wanted}
    assert spec["nodeSelector"] == {"pool": "training"}
    assert spec["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    launcher.becomes(machine, Condition.RUNNING)


def test_the_documented_role_is_exactly_what_is_used(backend: KubeBackend, launcher: Launcher) -> None:
    machine = started(launcher)
    assert launcher.names()
    launcher.engine.logs(machine)
    launcher.engine.cancel(machine, 1)
    backend.cluster.nodes.admits_pods = "no"
    launcher.engine.status(launcher.launch("true"))
    assert backend.cluster.used == documented()


def test_the_documented_examples_are_valid() -> None:
    ours, role, *policy = re.findall("```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert set(Kubernetes.model_fields) == set(yaml.safe_load(ours)["runners"]["cluster"])
    assert isinstance(read_fleet(ours).runners["cluster"], Kubernetes)
    for text in yaml.safe_load_all("---\n".join([role, *policy])):
        getattr(client, f"V1{text['kind']}").model_validate(text)
