"""A cluster on this machine for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.engines.kubernetes.stand import KubeStand, kube_stand
from tests.contracts.engines.stand import Floor, floor


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[KubeStand]:
    with kube_stand(tmp_path) as made:
        yield made


@pytest.fixture(name="floor")
def _floor(stand: KubeStand, tmp_path: Path) -> Iterator[Floor]:
    with floor(stand, tmp_path) as made:
        yield made
