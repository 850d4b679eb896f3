"""Training with another version of the data: the real DVC fetches it, and the commit records it."""

from pathlib import Path

import pytest

from tests.contracts.agent.agent_bench import Bench, digest, put, reading, tracked

OLD, NEW = b"seven rows", b"eight rows and more"


@pytest.mark.parametrize("where", ["the DVC remote", "what is kept on the machine"])
def test_training_uses_the_chosen_version(machine: Bench, tmp_path: Path, where: str) -> None:
    number = 81 if where == "the DVC remote" else 82
    remote = tmp_path / "remote" if number == 81 else None
    for content in (OLD, NEW):
        put(remote or machine.home / "caches" / str(number), content)
    machine.remotes = (remote,) if remote else ()
    asked = reading(tmp_path, number, NEW, remote)
    ref = machine.train(asked, edits={"data.csv.dvc": tracked(OLD), "params.yaml": "lr: 0.01  # the rate\n"})
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "training on seven rows" in machine.api.text
    commit = asked.unpack(machine.api.files["bundle"], ref)
    assert asked.git("show", f"{commit}:data.csv.dvc") + "\n" == tracked(OLD)
    assert digest(OLD) in asked.git("show", f"{commit}:dvc.lock")


def test_only_the_version_that_the_remote_lacks_is_named(machine: Bench, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    put(remote, NEW)
    machine.remotes = (remote,)
    asked = reading(tmp_path, 83, NEW, remote)
    edits = {"data.csv.dvc": tracked(OLD), "params.yaml": "lr: 0.01  # the rate\n"}
    machine.train(asked, edits=edits, baseline_files=["plot.png"], pull_first=["data.csv"])
    reason = machine.api.done["reason"]
    assert machine.api.done["exit_code"] != 0
    lacks = "The DVC remote did not give what the pipeline needs: `data.csv`: the remote does not have it."
    assert reason.endswith(lacks), reason
    assert "plot.png" not in reason
