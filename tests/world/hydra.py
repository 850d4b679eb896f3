"""The small DVC project again, composed by Hydra; a run of it composes as DVC does."""

from collections.abc import Mapping, Sequence
from typing import Any

from dvc.utils.hydra import compose_and_dump

from tests.world.project import PIPELINE, STUDIO, TRAIN, results, write
from tests.world.runner import Machine, Script

PRIMARY = """defaults:
  - model: vgg
  - _self_
train:
  lr: 0.1   # learning rate
  epochs: 10
  optimizer: sgd
  momentum: 0.9
  host: ${oc.env:HOSTNAME,somewhere}
seed: 7
"""
CONF = {
    "conf/config.yaml": PRIMARY,
    "conf/model/vgg.yaml": "name: vgg\ndepth: 16\n",
    "conf/model/resnet.yaml": "name: resnet\nblocks: [2, 2]\nwidth: ${seed}\n",
    "conf/db/mysql.yaml": "port: 3306\n",
}
COMPOSED = """model:
  name: vgg
  depth: 16
train:
  lr: 0.1
  epochs: 10
  optimizer: sgd
  momentum: 0.9
  host: somewhere
seed: 7
"""


def files(accuracy: float = 0.9, composed: str = COMPOSED) -> dict[str, str]:
    """Return the files of a trained commit of the project."""
    return {
        ".dvc/config": "[hydra]\n    enabled = True\n",
        ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
        ".dvcignore": "",
        ".github/studio.yml": STUDIO,
        "dvc.yaml": PIPELINE,
        "params.yaml": composed,
        "train.py": TRAIN,
        **CONF,
        **results(composed, {"accuracy": accuracy}, [1.0, 0.5, 0.1]),
    }


def words(machine: Machine) -> list[str]:
    """Return the words that DVC gets after each `-S`."""
    script: Sequence[str] = machine.spec["script"]
    return [script[index + 1] for index, word in enumerate(script) if word == "-S"]


def training(metrics: Mapping[str, Any], given: Sequence[str] | None = None) -> Script:
    """It composes with what it is given (or with these words instead), trains and measures."""

    def script(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "epoch 1\n")
        assert not machine.spec["edits"] or "params.yaml" not in machine.spec["edits"]
        folder = machine.project
        params = folder / "params.yaml"
        overrides = words(machine) if given is None else list(given)
        compose_and_dump(params, str(folder / "conf"), None, "config", str(folder), overrides)
        write(folder, results(params.read_text(), metrics, [1.0, 0.4, 0.1]))
        machine.commit()
        machine.say("uploading")
        machine.done()

    return script
