"""A project whose training makes a model that DVC keeps, and agents that push it, or do not."""

from typing import Any

import yaml

from tests.world.project import files, results, write
from tests.world.runner import Machine, Script

REFUSED = "The DVC remote `storage` (`s3://models`) did not take it: Unable to locate credentials."
MODEL = {"path": "model.txt", "hash": "md5", "md5": "ab" * 16, "size": 5000}


def storing(accuracy: float = 0.9) -> dict[str, str]:
    """Return the files of a trained commit of the project."""
    found = files(accuracy)
    pipeline = found["dvc.yaml"].replace("    metrics:\n", "    outs: [model.txt]\n    metrics:\n")
    return found | {"dvc.yaml": pipeline, "dvc.lock": locked(found["dvc.lock"]), ".gitignore": "/model.txt\n"}


def locked(lock: str, md5: str = "cd" * 16) -> str:
    """Return a `dvc.lock` with the model in it."""
    read = yaml.safe_load(lock)
    read["stages"]["train"]["outs"].append(MODEL | {"md5": md5})
    return yaml.safe_dump(read, sort_keys=False)


def trains(accuracy: float, **delivered: Any) -> Script:
    """It trains, and this is what its push came to; nothing is said of it where nothing is given."""

    def script(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "epoch 1\n")
        params = (machine.project / "params.yaml").read_text()
        made = results(params, {"accuracy": accuracy, "loss": round(1 - accuracy, 6)}, [1.0, 0.4, 0.1])
        write(machine.project, made | {"dvc.lock": locked(made["dvc.lock"], "ef" * 16)})
        machine.commit()
        machine.done(delivered=delivered or None)

    return script


def pushes(seen: list[Machine], **delivered: Any) -> Script:
    """An agent that is sent to push once more, and comes back with this."""

    def script(machine: Machine) -> None:
        machine.spec = machine.post("claim", {})
        seen.append(machine)
        machine.done(delivered=delivered or None)

    return script


def pushed() -> dict[str, Any]:
    """Return the outcome of a push after which the data is in the remote."""
    return {"data": "pushed", "remote": "storage"}


def refused(cause: str = REFUSED, lost: bool = False) -> dict[str, Any]:
    """Return the outcome of a push that the remote refused."""
    return {"data": "not pushed", "remote": "storage", "cause": cause, "lost": lost}
