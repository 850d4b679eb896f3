"""Projects that differ in how packages are installed, and projects without DVC."""

from tests.projects.layout import DVC, Layout

CONDA = Layout(
    files={
        **DVC,
        "environment.yml": "name: own\ndependencies:\n- python=3.11\n- pip\n",
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    metrics:
    - metrics.json: {cache: false}
""",
        "params.yaml": "lr: 0.1\n",
        "train.py": """import json
lr = float(open("params.yaml").read().split(":")[1])
json.dump({"loss": round(lr * 5, 6)}, open("metrics.json", "w"))
""",
    },
    tuned={"params.yaml": "lr: 0.2\n"},
    typed="-S lr=0.01",
    params={"params.yaml:lr": (0.1, 0.2, 0.01)},
    metrics={"metrics.json:loss": (0.5, 1.0, 0.05)},
    beforehand=["`environment.yml`"],
    cached=False,
    made="Trained: `train`.",
)
POETRY = Layout(
    files={
        **DVC,
        "pyproject.toml": """[tool.poetry]
name = "own"
version = "0.1.0"
package-mode = false

[tool.poetry.dependencies]
python = "^3.11"
pyyaml = "^6.0"
""",
        "dvc.yaml": """stages:
  train:
    wdir: src
    cmd: python train.py
    deps: [train.py]
    params:
    - ../params.yaml:
      - optimizer
    outs: [../model.txt]
    metrics:
    - ../metrics.yaml: {cache: false}
""",
        "params.yaml": "optimizer:\n  name: sgd\n  lr: 0.1\n",
        "src/train.py": """import yaml
lr = yaml.safe_load(open("../params.yaml"))["optimizer"]["lr"]
open("../model.txt", "w").write(f"weights {lr}")
yaml.safe_dump({"loss": round(lr * 6, 6)}, open("../metrics.yaml", "w"))
""",
    },
    tuned={"params.yaml": "optimizer:\n  name: sgd\n  lr: 0.2\n"},
    typed="-S optimizer.lr=0.01 -S optimizer.name=adam",
    params={"params.yaml:optimizer.name": ("sgd", "sgd", "adam"), "params.yaml:optimizer.lr": (0.1, 0.2, 0.01)},
    metrics={"metrics.yaml:loss": (0.6, 1.2, 0.06)},
    foretold=["pyproject.toml"],
    made="Trained: `train`.",
)
WITHOUT = Layout(
    files={
        ".github/studio.yml": """script: python train.py --config config.yaml
params: [config.yaml]
metrics: [results/metrics.json]
plots:
- {path: results/history.csv, x: epoch, y: loss}
""",
        "requirements.txt": "",
        "config.yaml": "learning_rate: 0.1\nepochs: 3\n",
        "train.py": """import json, os, sys
text = open(sys.argv[2]).read().split()
lr, epochs = float(text[1]), int(text[3])
os.makedirs("results", exist_ok=True)
json.dump({"loss": round(lr * 2, 6)}, open("results/metrics.json", "w"))
rows = [f"{epoch},{round(lr * 2 + epochs - 1 - epoch, 6)}\\n" for epoch in range(epochs)]
open("results/history.csv", "w").writelines(["epoch,loss\\n", *rows])
""",
    },
    tuned={"config.yaml": "learning_rate: 0.2\nepochs: 3\n"},
    typed="-S learning_rate=0.05",
    params={"config.yaml:learning_rate": (0.1, 0.2, 0.05), "config.yaml:epochs": (3, 3, 3)},
    metrics={"results/metrics.json:loss": (0.2, 0.4, 0.1)},
    plots=1,
    script="python train.py --config config.yaml",
    cached=False,
    made="Written by the script: `results/metrics.json`, `results/history.csv`.",
)
LIVE = Layout(
    files={
        **DVC,
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr, steps]
    outs: [model.txt]
""",
        "params.yaml": "lr: 0.1\nsteps: 3\n",
        # Writes what DVCLive writes, at the same paths and in the same way.
        "train.py": """import json, os
from ruamel.yaml import YAML
yaml = YAML()
params = yaml.load(open("params.yaml"))
lr, steps = params["lr"], params["steps"]
os.makedirs("dvclive/plots/metrics", exist_ok=True)
yaml.dump({"lr": lr, "seed": 8}, open("dvclive/params.yaml", "w"))
losses = [round(lr * 2 + steps - 1 - step, 6) for step in range(steps)]
rows = [f"{step}\\t{loss}\\n" for step, loss in enumerate(losses)]
open("dvclive/plots/metrics/loss.tsv", "w").writelines(["step\\tloss\\n", *rows])
json.dump({"loss": losses[-1], "step": steps - 1}, open("dvclive/metrics.json", "w"), indent=4)
open("model.txt", "w").write(f"weights {lr}")
written = yaml.load(open("dvc.yaml"))
written["params"] = ["dvclive/params.yaml"]
written["metrics"] = ["dvclive/metrics.json"]
written["plots"] = [{"dvclive/plots/metrics": {"x": "step"}}]
yaml.dump(written, open("dvc.yaml", "w"))
""",
    },
    tuned={"params.yaml": "lr: 0.2\nsteps: 3\n"},
    typed="-S lr=0.05",
    params={
        "params.yaml:lr": (0.1, 0.2, 0.05),
        "params.yaml:steps": (3, 3, 3),
        "dvclive/params.yaml:lr": (0.1, 0.2, 0.05),
        "dvclive/params.yaml:seed": (8, 8, 8),
    },
    records=["dvclive/params.yaml:lr", "dvclive/params.yaml:seed"],
    metrics={"dvclive/metrics.json:loss": (0.2, 0.4, 0.1), "dvclive/metrics.json:step": (2, 2, 2)},
    plots=1,
    made="Trained: `train`.",
)
LAYOUTS = {"DVCLive": LIVE, "conda": CONDA, "Poetry": POETRY, "without DVC": WITHOUT}
