"""Projects that differ in the files of their parameters."""

from tests.projects.layout import DVC, Layout

KINDS = Layout(
    files={
        **DVC,
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params:
    - settings.py:
      - RATE
      - Train.epochs
    - config.toml:
      - model
    - data.json:
      - split
    metrics:
    - metrics.toml: {cache: false}
""",
        "settings.py": "RATE = 0.1  # the rate\nUNUSED = 'x'\n\n\nclass Train:\n    epochs = 2\n",
        "config.toml": "[model]\nwidth = 4  # units\nname = 'small'\n",
        "data.json": '{"split": {"test": 0.5}, "seed": 7}\n',
        "train.py": """import json, sys, tomllib
sys.dont_write_bytecode = True
import settings
width = tomllib.load(open("config.toml", "rb"))["model"]["width"]
test = json.load(open("data.json"))["split"]["test"]
loss = round(settings.RATE * settings.Train.epochs * width, 6)
open("metrics.toml", "w").write(f"loss = {loss}\\n[held_out]\\nrows = {int(100 * test)}\\n")
""",
    },
    tuned={"config.toml": "[model]\nwidth = 8  # units\nname = 'small'\n"},
    typed="-S settings.py:RATE=0.01 -S config.toml:model.name=wide -S data.json:split.test=0.25",
    params={
        "settings.py:RATE": (0.1, 0.1, 0.01),
        "settings.py:UNUSED": ("x", "x", "x"),
        "settings.py:Train.epochs": (2, 2, 2),
        "config.toml:model.width": (4, 8, 8),
        "config.toml:model.name": ("small", "small", "wide"),
        "data.json:split.test": (0.5, 0.5, 0.25),
        "data.json:seed": (7, 7, 7),
    },
    aside=["settings.py:UNUSED", "data.json:seed"],
    metrics={"metrics.toml:loss": (0.8, 1.6, 0.16), "metrics.toml:held_out.rows": (50, 50, 25)},
    cached=False,
    made="Trained: `train`.",
)
COMPOSED = Layout(
    files={
        **DVC,
        ".dvc/config": DVC[".dvc/config"] + "[hydra]\n    enabled = True\n",
        "conf/config.yaml": "defaults: [model: small, _self_]\ntrain:\n  lr: 0.1\n",
        "conf/model/small.yaml": "width: 4\n",
        "conf/model/wide.yaml": "width: 16\ndropout: 0.5\n",
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [train, model]
    outs: [model.txt]
    metrics:
    - metrics.json: {cache: false}
""",
        "params.yaml": "model:\n  width: 4\ntrain:\n  lr: 0.1\n",
        "train.py": """import json
from ruamel.yaml import YAML
params = YAML().load(open("params.yaml"))
lr, width = params["train"]["lr"], params["model"]["width"]
open("model.txt", "w").write(f"weights {lr} {width}")
json.dump({"loss": round(lr * width, 6)}, open("metrics.json", "w"))
""",
    },
    tuned={"conf/config.yaml": "defaults: [model: small, _self_]\ntrain:\n  lr: 0.2\n"},
    typed="-S train.lr=0.01 -S model=wide",
    params={
        "params.yaml:train.lr": (0.1, 0.2, 0.01),
        "params.yaml:model.width": (4, 4, 16),
        "params.yaml:model.dropout": (None, None, 0.5),
    },
    metrics={"metrics.json:loss": (0.4, 0.8, 0.16)},
    composed=True,
    trains=("exp", "run", "--name", "at-home"),
    made="Trained: `train`.",
)
LAYOUTS = {"parameters in .py, .toml and .json": KINDS, "Hydra": COMPOSED}
