"""Agents that claim their runs while somebody's large push is fetched."""

import fcntl

import pytest

from services.git import mirror as mirror_git
from tests.conversations.projects.test_submodules import READING
from tests.world.modules import library, submodule
from tests.world.project import git
from tests.world.runner import Machine, training
from tests.world.world import World


def test_a_claim_blocks_no_web_thread_while_somebody_fetches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lib, sha = library(world)
    pull = submodule(world, "lib", "../lib.git", sha, READING)
    world.work()
    pull.comment("/run -S train.lr=0.01")
    mirror = world.wired.settings.data_dir / "mirrors" / f"{lib.id}.git"
    git(mirror, "update-ref", "-d", f"{mirror_git.KEPT}{sha}")  # as if it had never been fetched
    waited: list[float] = []

    def script(machine: Machine) -> None:
        with mirror.with_suffix(".lock").open("w") as lock, monkeypatch.context() as patched:
            patched.setattr(mirror_git, "sleep", waited.append)
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert machine.status("claim", {}) == 503
        assert waited == []
        training({"accuracy": 0.95, "loss": 0.05})(machine)

    world.runner.does(script)
    assert "better" in pull.new()[-1]
