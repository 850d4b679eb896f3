"""Checkpoints of persistent outputs: sent during training, and continued from elsewhere, by the real DVC."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.agent.agent_bench import Bench, Project, project
from tests.contracts.agent.archives import tar

# It counts on from what it finds, and after each step that this file names it waits until it may go on.
COUNTING = """
import os, time
state = "state/steps.txt"
os.makedirs("state", exist_ok=True)
done = int(open(state).read()) if os.path.exists(state) else 0
print(f"begins at step {done}", flush=True)
for step in range(done + 1, 4):
    with open(state + ".part", "w") as out:
        out.write(f"{step}\\n")
    os.replace(state + ".part", state)
    print(f"step {step}", flush=True)
    if step == 2 and done == 0:
        time.sleep(1000)
open("metrics.json", "w").write('{"accuracy": 0.5}')
open("loss.csv", "w").write("step,loss\\n0,1\\n")
open("model.txt", "w").write("weights")
"""


@pytest.fixture
def counting(tmp_path: Path) -> Project:
    made = project(tmp_path, 91, train=COUNTING)
    pipeline = (made.folder / "dvc.yaml").read_text()
    persistent = pipeline.replace("outs: [model.txt]", "outs: [model.txt, state: {persist: true}]")
    made.commit({"dvc.yaml": persistent, ".gitignore": "/model.txt\n/loss.csv\n/state\n"})
    return made


def checkpoints(resume: bytes = b"", every: float = 0, limit: int = 1_000_000) -> Mapping[str, Any]:
    known = {"size": len(resume), "sha256": hashlib.sha256(resume).hexdigest()} if resume else None
    return {"paths": ["state"], "every": every, "limit": limit, "resume": known}


def test_a_checkpoint_is_sent_during_training_and_another_run_goes_on_from_it(
    machine: Bench, counting: Project
) -> None:
    machine.train(counting, timeout=12, checkpoints=checkpoints())
    assert machine.api.done["timed_out"], machine.api.text
    assert tar(machine.api.checkpoints[-1]) == {"state/steps.txt": "2\n"}
    ref = machine.train(counting, checkpoints=checkpoints(machine.api.checkpoints[-1]))
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "begins at step 2" in machine.api.text and "step 3" in machine.api.text
    assert "Going on from a checkpoint of state (1 file)." in machine.api.text
    assert counting.unpack(machine.api.files["bundle"], ref)


def test_the_last_state_is_sent_at_the_end(machine: Bench, counting: Project) -> None:
    machine.train(counting, timeout=8, checkpoints=checkpoints(every=3600))
    (only,) = machine.api.checkpoints
    assert tar(only) == {"state/steps.txt": "2\n"}


def test_a_checkpoint_that_is_too_large_is_reported_and_not_sent(machine: Bench, counting: Project) -> None:
    machine.train(counting, timeout=8, checkpoints=checkpoints(limit=1))
    assert machine.api.checkpoints == []
    assert "No checkpoint is kept: Left out, too large or outside the work tree: state/steps.txt" in machine.api.text


def test_another_checkpoint_than_the_promised_one_is_refused(machine: Bench, counting: Project) -> None:
    machine.api.checkpoints = [b"something else"]
    machine.train(counting, checkpoints=checkpoints(b"what was kept."))
    assert machine.api.done["exit_code"] != 0
    assert "did not arrive as it was kept" in machine.api.done["reason"]
