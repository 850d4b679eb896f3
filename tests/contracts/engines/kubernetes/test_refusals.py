"""The engine of Kubernetes where a cluster refuses, or does not answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports.engines import EngineError, NoRoom
from experiments.placement import Placement
from runners.kubernetes.engine import KubernetesEngine
from tests.contracts.engines.backend import Launcher
from tests.contracts.engines.kubernetes.backend import PLACE, RUNNER, KubeBackend, documented
from tests.contracts.engines.kubernetes.cluster import Cluster, Refused, serving
from tests.contracts.engines.kubernetes.nodes import Nodes

pytestmark = pytest.mark.xdist_group("kubernetes")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (replace(PLACE, machine="g4dn.xlarge"), "`g4dn.xlarge` is no machine of Kubernetes: write `cpu/memory`"),
        (replace(PLACE, gpu="a100:2"), "`--gpu a100:2` asks for a GPU by name"),
        (replace(PLACE, region="nowhere"), "The Kubernetes cluster has no namespace `nowhere`"),
    ],
)
def test_a_placement_that_does_not_exist_is_refused_in_a_sentence(
    launcher: Launcher, place: Placement, sentence: str
) -> None:
    with pytest.raises(EngineError, match=sentence):
        launcher.engine.launch(replace(launcher.order("true"), place=place))


def test_a_missing_right_of_the_bot_is_reported(backend: KubeBackend, launcher: Launcher) -> None:
    backend.cluster.may.remove(("batch", "jobs", "create"))
    sentence = "^The bot may not create jobs in the namespace `training`. Its operator can give it the Role that docs/"
    with pytest.raises(EngineError, match=sentence):
        launcher.launch("true")
    nobody = KubernetesEngine(RUNNER.model_copy(update={"context": "nobody"}), "tests", backend.kubeconfig)
    with pytest.raises(EngineError, match="does not take the bot's credentials"):
        nobody.list_owned()
    with pytest.raises(EngineError, match="no context `elsewhere`"):
        KubernetesEngine(RUNNER.model_copy(update={"context": "elsewhere"}), "tests", backend.kubeconfig)


def test_a_refusal_of_the_cluster_is_reported_in_its_words(backend: KubeBackend, launcher: Launcher) -> None:
    with pytest.raises(EngineError, match=r"refuses to create jobs in the namespace `training`: .* is invalid"):
        launcher.engine.launch(replace(launcher.order("true"), run="-"))


@pytest.mark.parametrize(
    "refused",
    [
        Refused(503, "etcdserver: leader changed"),
        Refused(429, "too many requests"),
        Refused(403, 'jobs "x" is forbidden: exceeded quota: few, requested: count/jobs.batch=1'),
    ],
    ids=lambda refused: str(refused.code),
)
def test_a_refusal_that_may_pass_is_reported_as_no_room(
    backend: KubeBackend, launcher: Launcher, refused: Refused
) -> None:
    order = launcher.order("true")
    backend.cluster.refuses = refused
    with pytest.raises(NoRoom, match=str(refused)):
        launcher.engine.launch(order)
    backend.cluster.refuses = None


def test_a_cluster_that_does_not_answer_is_reported_as_no_room(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    with serving(Cluster(Nodes(tmp_path), documented()), kubeconfig):
        engine = KubernetesEngine(RUNNER, "tests", str(kubeconfig))
    with pytest.raises(NoRoom, match="does not answer"):
        engine.list_owned()
