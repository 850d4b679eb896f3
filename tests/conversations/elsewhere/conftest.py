"""Machines that are launched, and a bot that they reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.engines.aws_cloud import AwsStand, cloud
from tests.world.elsewhere import Bot, Waiting, Wire, listening
from tests.world.world import World


@pytest.fixture
def bot(world: World) -> Iterator[Bot]:
    """The world, as machines reach it."""
    with listening(world) as made:
        yield made


@pytest.fixture
def wire(bot: Bot) -> Iterator[Wire]:
    """Between machines and the bot."""
    made = Wire(bot.url)
    yield made
    made.close()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """A training that waits until it is let go."""
    made = Waiting()
    yield made
    made.close()


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HOME of every machine: environments are made once."""
    return tmp_path_factory.mktemp("image")


@pytest.fixture
def ec2(tmp_path: Path, image: Path) -> Iterator[AwsStand]:
    """A cloud with no machine in it."""
    with cloud():
        stand = AwsStand(tmp_path / "machines", home=image)
        yield stand
        stand.end()
