"""Machines that are launched, and a bot that they reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.engines.aws_cloud import AwsBackend, cloud
from tests.world.elsewhere import Bot, Waiting, Wire, listening
from tests.world.world import World


@pytest.fixture
def bot(world: World) -> Iterator[Bot]:
    """Yield the world with a web process that machines reach."""
    with listening(world) as made:
        yield made


@pytest.fixture
def wire(bot: Bot) -> Iterator[Wire]:
    """Yield the connection between machines and the bot."""
    made = Wire(bot.url)
    yield made
    made.close()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """Yield a training that waits until the test releases it."""
    made = Waiting()
    yield made
    made.close()


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the HOME of every machine, so that environments are made once."""
    return tmp_path_factory.mktemp("image")


@pytest.fixture
def ec2(tmp_path: Path, image: Path) -> Iterator[AwsBackend]:
    """Yield a cloud with no machine in it."""
    with cloud():
        backend = AwsBackend(tmp_path / "machines", home=image)
        yield backend
        backend.end()
