"""A small project without DVC that really trains: a line through points, by gradient descent."""

import subprocess
import sys
from collections.abc import Callable

from tests.world.project import git
from tests.world.runner import Machine, Script

STUDIO = """script: pip install -r requirements.txt && python train.py
params: [params.yaml, conf/model.toml, conf/data.json, settings.py]
metrics: [metrics.json, eval.yaml, eval.toml, history.tsv]
plots:
  - {path: plots/loss.csv, x: step, y: loss, title: Loss}
"""
TRAIN = """
import json, os, tomllib
import settings, yaml

params = yaml.safe_load(open("params.yaml"))
model = tomllib.load(open("conf/model.toml", "rb"))
data = json.load(open("conf/data.json"))

# A line through noisy points, by gradient descent: it really learns.
points = [(x / data["points"], 3 * x / data["points"] + settings.OFFSET) for x in range(data["points"])]
slope = bias = 0.0
os.makedirs("plots", exist_ok=True)
with open("plots/loss.csv", "w") as curve:
    curve.write("step,loss\\n")
    for step in range(model["train"]["steps"]):
        errors = [slope * x + bias - y for x, y in points]
        slope -= params["lr"] * sum(e * x for e, (x, _) in zip(errors, points)) / len(points)
        bias -= params["lr"] * sum(errors) / len(points)
        loss = sum(e * e for e in errors) / len(points)
        curve.write(f"{step},{loss}\\n")
print(f"slope {slope:.3f}, loss {loss:.5f}", flush=True)
json.dump({"loss": loss}, open("metrics.json", "w"))
open("eval.yaml", "w").write(f"fit:\\n  slope: {slope}\\n")
open("eval.toml", "w").write(f"bias = {bias}\\n")
open("history.tsv", "w").write(f"epoch\\tscore\\n1\\t0.1\\n2\\t{1 - loss}\\n")
"""
FILES = {
    "train.py": TRAIN,
    "params.yaml": "lr: 0.1  # the rate\n",
    "conf/model.toml": "[train]\nsteps = 20  # enough\n",
    "conf/data.json": '{"points": 10}\n',
    "settings.py": "OFFSET = 1.0  # where the line begins\n",
    "requirements.txt": "pyyaml\n",
    ".gitignore": "__pycache__\n/plots\n",
    "README.md": "A line.\n",
}
RESULTS = ["metrics.json", "eval.yaml", "eval.toml", "history.tsv", "plots/loss.csv"]


def training(extra: Callable[[Machine], None] | None = None) -> Script:
    """Run the project's own training in this test's Python, and make the commit that the agent would make."""

    def script(machine: Machine) -> None:
        machine.claim()
        assert machine.spec["dvc"] is None
        assert machine.spec["results"] == RESULTS
        machine.say("training", "begun\n")
        subprocess.run([sys.executable, "train.py"], cwd=machine.tree, check=True, capture_output=True)
        if extra:
            extra(machine)
        git(machine.tree, "add", "--force", "--", *RESULTS)
        machine.commit()
        machine.done()

    return script
