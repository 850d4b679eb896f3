"""A repeat is always trained: no run cache is used, neither here nor in the DVC remote."""

from pathlib import Path

import pytest

from tests.contracts.agent.agent_bench import Bench, Project, digest, put, reading

DATA = b"seven rows"
SCRIPT = ["dvc", "exp", "run", "--allow-missing", "--name", "puffy-daks", "--message=Set lr=0.01"]


@pytest.fixture
def stored(machine: Bench, tmp_path: Path) -> Project:
    """Return a project whose data is in the DVC remote only."""
    remote = tmp_path / "remote"
    put(remote, DATA)
    machine.remotes = (remote,)
    return reading(tmp_path, 77, DATA, remote)


def test_a_repeat_never_takes_a_former_result(machine: Bench, stored: Project) -> None:
    machine.train(stored)
    assert "training on seven rows" in machine.api.text
    machine.train(stored)
    assert "is cached - skipping run" in machine.api.text, "what a repeat must not be answered with"
    (machine.home / "caches" / "77" / "files" / "md5" / digest(DATA)[:2] / digest(DATA)[2:]).unlink()
    machine.train(stored, script=SCRIPT, data_first=["data.csv"])
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "training on seven rows" in machine.api.text and "is cached" not in machine.api.text


def test_with_force_data_is_still_fetched_from_the_remote(machine: Bench, stored: Project) -> None:
    script = [*SCRIPT[:3], "--pull", *SCRIPT[3:], "--force"]
    machine.train(stored, script=script, data_first=["data.csv", "absent.csv"])
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "training on seven rows" in machine.api.text
