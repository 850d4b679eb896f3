"""Whatever prevents a push, even if others who write to the remote put it there: the training is kept."""

from pathlib import Path

import pytest

from runners.agent.agent_folder import Home
from runners.agent.data.delivered import NOT_PUSHED, PushReport
from runners.agent.data.dvc_push import DataPush
from runners.agent.data.remote import DvcRemote
from runners.agent.isolation.command_runner import CommandRunner
from runners.agent.output.log import Journal
from runners.agent.packages.environment import Installer
from tests.contracts.agent.agent_bench import Bench, digest, project
from tests.units.agent.agent_samples import LIMITS, SPECIFICATION

pytestmark = pytest.mark.timeout(600)  # several DVC processes
BEFORE = f"""schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - path: train.py
      hash: md5
      md5: {"cd" * 16}
      size: 1
    outs:
    - path: model.txt
      hash: md5
      md5: 00{"ab" * 15}.dir
      size: 1
      nfiles: 1
"""


class Arrivals(dict[str, bytes]):
    """Record what the agent sent, and whether its pushed objects were in the remote by then."""

    def __init__(self, pushed: Path) -> None:
        self._pushed = pushed
        self.early: dict[str, bool] = {}

    def __setitem__(self, name: str, body: bytes) -> None:
        self.early[name] = not self._pushed.exists()
        super().__setitem__(name, body)


def test_a_file_in_place_of_an_older_list_loses_no_training(machine: Bench, tmp_path: Path) -> None:
    """Nobody pushes that list: only the earlier training has it."""
    remote = tmp_path / "remote"
    (remote / "files" / "md5").mkdir(parents=True)
    (remote / "files" / "md5" / "00").write_text("somebody else's")
    machine.remotes = (remote,)
    asked = project(tmp_path, 1, remote=remote)
    asked.commit({"dvc.lock": BEFORE})
    model = digest(b"weights 0.71")
    there = remote / "files" / "md5" / model[:2] / model[2:]
    machine.api.files = sent = Arrivals(there)
    machine.train(asked, edits={"params.yaml": "lr: 0.71\n"})
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert machine.api.done["delivered"]["data"] == "pushed", machine.api.done
    assert there.exists()
    assert sent.early["bundle"], "a push may take half an hour, or never come back"


def test_an_unforeseen_error_is_a_failed_push(tmp_path: Path) -> None:
    """Here the machine's disk is full, so that the push cannot make its folder."""
    (tmp_path / "file").write_text("")
    commands, home = CommandRunner(False, lambda: ""), Home(tmp_path / "home")
    delivery = DataPush(
        commands=commands,
        specification=SPECIFICATION,
        remote=DvcRemote("storage", "/srv/dvc", "", "", {}, "", None, {}, "", {}, ()),
        home=home,
        mirror=tmp_path / "mirror",
        bundle=tmp_path / "bundle",
        cache=tmp_path / "cache",
        folder=tmp_path / "file" / "push",
        remotes=(),
        outer={},
    )
    told = delivery.push(Installer(commands, home, {}, Journal([], LIMITS)))
    cause = "The agent could not go on while pushing (NotADirectoryError: Not a directory)."
    assert told == PushReport(NOT_PUSHED, "storage", cause)
