"""Use the cluster on this machine as a backend for the engine of Kubernetes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.ports.engines import Engine, Machine
from experiments.fleet.runners import Kubernetes
from experiments.placement import EngineKind, Placement
from runners.kubernetes.engine import KubernetesEngine
from tests.contracts.engines.kubernetes.cluster import Cluster, serving
from tests.contracts.engines.kubernetes.nodes import Nodes

PAGE = Path(__file__).parents[4] / "docs/runners/kubernetes.md"
PLACE = Placement("cluster", EngineKind.KUBERNETES, "training", "0.1/64Mi")
RUNNER = Kubernetes(type=EngineKind.KUBERNETES, image="training:1", regions=["training", "others"])
FOREVER = "while :; do sleep 0.1; done"


@dataclass
class KubeBackend:
    """Let a test see and harm the cluster."""

    cluster: Cluster
    kubeconfig: str
    engine: Engine
    runner: Kubernetes = RUNNER
    place: Placement = PLACE
    shortest: int = 2

    def of(self, owner: str) -> KubernetesEngine:
        return KubernetesEngine(self.runner, owner, self.kubeconfig)

    def advance(self) -> None:
        self.cluster.advance()

    def pod(self, machine: Machine) -> dict[str, Any]:
        """Return the pod of this machine."""
        (pod,) = self.cluster.nodes.of(self.cluster.nodes.jobs["training", machine.name])
        return pod


def documented() -> set[tuple[str, str, str]]:
    """Return what the documented Role allows a bot."""
    text = PAGE.read_text().partition("kind: Role\n")[2].partition("---")[0]
    rules = yaml.safe_load(text)["rules"]
    return {(rule["apiGroups"][0], rule["resources"][0], verb) for rule in rules for verb in rule["verbs"]}


@contextmanager
def kube_backend(folder: Path) -> Iterator[KubeBackend]:
    """Yield a cluster in which a bot may do what is documented and nothing else."""
    cluster, kubeconfig = Cluster(Nodes(folder / "node"), documented()), folder / "kubeconfig"
    with serving(cluster, kubeconfig):
        yield KubeBackend(cluster, str(kubeconfig), KubernetesEngine(RUNNER, "tests", str(kubeconfig)))
