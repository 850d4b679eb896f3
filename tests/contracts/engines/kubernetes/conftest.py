"""Give each test a cluster on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.engines.backend import Launcher, launcher
from tests.contracts.engines.kubernetes.backend import KubeBackend, kube_backend


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[KubeBackend]:
    with kube_backend(tmp_path) as made:
        yield made


@pytest.fixture(name="launcher")
def _launcher(backend: KubeBackend, tmp_path: Path) -> Iterator[Launcher]:
    with launcher(backend, tmp_path) as made:
        yield made
