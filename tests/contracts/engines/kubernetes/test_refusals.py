"""What the engine of Kubernetes says where a cluster refuses, or does not answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports.engines import EngineError, NoRoom
from experiments.placement import Placement
from runners.kubernetes.engine import KubernetesEngine
from tests.contracts.engines.kubernetes.cluster import Cluster, Refused, serving
from tests.contracts.engines.kubernetes.nodes import Nodes
from tests.contracts.engines.kubernetes.stand import PLACE, RUNNER, KubeStand, documented
from tests.contracts.engines.stand import Floor

pytestmark = pytest.mark.xdist_group("kubernetes")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (replace(PLACE, machine="g4dn.xlarge"), "`g4dn.xlarge` is no machine of Kubernetes: write `cpu/memory`"),
        (replace(PLACE, gpu="a100:2"), "`--gpu a100:2` asks for a GPU by name"),
        (replace(PLACE, region="nowhere"), "The Kubernetes cluster has no namespace `nowhere`"),
    ],
)
def test_a_place_that_there_is_not_is_refused_in_a_sentence(floor: Floor, place: Placement, sentence: str) -> None:
    with pytest.raises(EngineError, match=sentence):
        floor.engine.launch(replace(floor.order("true"), place=place))


def test_what_the_bot_may_not_do_is_said(stand: KubeStand, floor: Floor) -> None:
    stand.cluster.may.remove(("batch", "jobs", "create"))
    sentence = "^The bot may not create jobs in the namespace `training`. Its operator can give it the Role that docs/"
    with pytest.raises(EngineError, match=sentence):
        floor.launch("true")
    nobody = KubernetesEngine(RUNNER.model_copy(update={"context": "nobody"}), "tests", stand.kubeconfig)
    with pytest.raises(EngineError, match="does not take the bot's credentials"):
        nobody.list_owned()
    with pytest.raises(EngineError, match="no context `elsewhere`"):
        KubernetesEngine(RUNNER.model_copy(update={"context": "elsewhere"}), "tests", stand.kubeconfig)


def test_what_the_cluster_finds_wrong_is_said_in_its_words(stand: KubeStand, floor: Floor) -> None:
    with pytest.raises(EngineError, match=r"refuses to create jobs in the namespace `training`: .* is invalid"):
        floor.engine.launch(replace(floor.order("true"), run="-"))


@pytest.mark.parametrize(
    "refused",
    [
        Refused(503, "etcdserver: leader changed"),
        Refused(429, "too many requests"),
        Refused(403, 'jobs "x" is forbidden: exceeded quota: few, requested: count/jobs.batch=1'),
    ],
    ids=lambda refused: str(refused.code),
)
def test_what_may_be_otherwise_later_is_no_room(stand: KubeStand, floor: Floor, refused: Refused) -> None:
    order = floor.order("true")
    stand.cluster.refuses = refused
    with pytest.raises(NoRoom, match=str(refused)):
        floor.engine.launch(order)
    stand.cluster.refuses = None


def test_a_cluster_that_is_not_there_is_no_room(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    with serving(Cluster(Nodes(tmp_path), documented()), kubeconfig):
        engine = KubernetesEngine(RUNNER, "tests", str(kubeconfig))
    with pytest.raises(NoRoom, match="does not answer"):
        engine.list_owned()
