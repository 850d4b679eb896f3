"""Trainings for the members of a sweep, and what can be observed of them."""

import json
from collections.abc import Callable

import yaml

from experiments.experiment import PullRef
from tests.world.project import results, write
from tests.world.runner import Machine
from tests.world.world import PullRequest, World


def learning(machine: Machine, extra: Callable[[], None] = lambda: None) -> None:
    """Train so that a smaller learning rate gives a better metric."""
    machine.claim()
    machine.say("training", "epoch 1\n")
    params = (machine.tree / "params.yaml").read_text()
    lr = yaml.safe_load(params)["train"]["lr"]
    write(machine.tree, results(params, {"accuracy": round(1 - lr, 6), "loss": lr}, [1.0, lr]))
    extra()
    machine.commit()
    machine.done()


def crash(machine: Machine) -> None:
    """Fail with a message that differs only in its numbers."""
    machine.claim()
    machine.say("training", f"epoch 1\nValueError: no {machine.spec['name'].rpartition('-')[2]}\n")
    machine.done(1, "The script ended with exit code 1.")


def states(world: World, pull: PullRequest) -> list[str]:
    """Return the states of all runs, in the order of the queue."""
    store = world.wired.ports.store
    where = PullRef(store.active()[0].experiment.repository, pull.number)
    return [str(run.state) for run in store.of_pull(where)]


def again(world: World, comment_id: int) -> None:
    """Handle the comment of the last job once more, as if that job had died just before its end."""
    for key in world.wired.redis.scan_iter(f"done:*:{comment_id}"):
        world.wired.redis.delete(key)
    delivery = world.delivered("issue_comment")
    headers = {**delivery.headers, "X-GitHub-Delivery": f"again-{comment_id}"}
    world.receive(headers, json.dumps(delivery.payload, separators=(",", ":")).encode())
    world.work()
