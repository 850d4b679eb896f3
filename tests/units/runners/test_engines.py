"""The engine behind a runner, and the message where its software is missing."""

import sys

import pytest

from bot.ports.engines import EngineError
from experiments.fleet.reading import read_fleet
from runners.registry import engine, engines

FLEET = read_fleet("""
runners:
  here: {type: local}
  box: {type: rq}
  ec2: {type: aws, regions: [us-west], machines: [m], images: {us-west: ami-1}}
  cluster: {type: slurm, home: /shared}
  pods: {type: kubernetes, image: training}
""")


def test_only_runners_that_launch_machines_have_an_engine() -> None:
    assert list(engines(FLEET.runners, "tests")) == ["ec2", "cluster", "pods"]


@pytest.mark.parametrize(
    ("name", "package", "file"), [("ec2", "boto3", "aws.txt"), ("pods", "kubernetes", "kubernetes.txt")]
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    name: str, package: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [each for each in sys.modules if each.startswith(f"runners.{FLEET.runners[name].type}")]:
        monkeypatch.delitem(sys.modules, module)
    for module in [each for each in sys.modules if each.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineError, match=f"needs the Python package `{package}`.*requirements/{file}"):
        engine(name, FLEET.runners[name], "tests")
