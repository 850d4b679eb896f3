"""An upgrade of the bot while an agent is at work: its run was stored in the former format, and goes on in today's."""

import json
from pathlib import Path

import pytest

from experiments.run_state import RunState
from services.redis.store import RUN
from tests.world.project import results, write
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

RECORDED = json.loads((Path(__file__).parents[2] / "recordings" / "format-3" / "run-every-field.json").read_text())
PARTS = ("attempt", "outcome", "result", "published", "decisions")  # which that format did not have
RENAMED = {("attempt", "number"): "attempt", ("decisions", "cancelled_by"): "cancelled"}


def upgrade(world: World) -> None:
    """Store the only run as the version before this one would have it by now."""
    (run,) = world.wired.ports.store.active()
    stored = world.wired.ports.store.get(run.id)
    assert stored
    value = json.loads(RUN.dump(stored))["value"]
    for part, fields in [(part, value.pop(part)) for part in PARTS]:
        value |= {RENAMED.get((part, name), name): each for name, each in fields.items()}
    former = {
        name: value[name] for name in RECORDED["value"]
    }  # a KeyError: that format had a field that is missed here
    assert former.keys() == RECORDED["value"].keys() and RECORDED["version"] == RUN.version - 1
    world.wired.redis.set(f"run:{run.id}", json.dumps(RECORDED | {"value": former}))


@pytest.mark.parametrize("moment", ["claimed", "preparing", "training", "uploading"])
def test_an_agent_that_got_its_task_before_an_upgrade_goes_on_after_it(
    world: World, pull: PullRequest, moment: str
) -> None:
    def upgraded(at: str) -> None:
        if at == moment:
            upgrade(world)

    def script(machine: Machine) -> None:
        machine.claim()
        upgraded("claimed")
        machine.say("preparing", "Installing\n")
        upgraded("preparing")
        machine.say("training", "epoch 1\n")
        upgraded("training")
        assert not machine.say("training", "epoch 2\n").get("stop")
        params = (machine.project / "params.yaml").read_text()
        write(machine.project, results(params, {"accuracy": 0.95, "loss": 0.05}, [1.0, 0.1]))
        machine.commit()
        machine.say("uploading", "Done\n")
        upgraded("uploading")
        machine.done()

    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.does(script)
    assert "**▲ Better: `accuracy` 0.90 → 0.95 (+0.05).**" in pull.report
    (run,) = pull.runs
    assert run.state is RunState.SUCCEEDED and run.result.landed
    assert world.wired.ports.files.log(run, whole=True) == "Installing\nepoch 1\nepoch 2\nDone\n"
    assert json.loads(world.wired.redis.get(f"run:{run.id}") or "")["version"] == RUN.version
