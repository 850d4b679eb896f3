"""Projects that differ in where pipelines, parameters and results are."""

from tests.projects.layout import DVC, Layout

SEVERAL = Layout(
    files={
        **DVC,
        "data/dvc.yaml": """stages:
  clean:
    cmd: python clean.py
    deps: [clean.py, raw.txt]
    params:
    - params.yaml:
      - limit
    outs: [clean.txt]
""",
        "data/params.yaml": "limit: 4\n",
        "data/raw.txt": "1 2 3 4 5 6\n",
        "data/clean.py": """from ruamel.yaml import YAML
limit = YAML().load(open("params.yaml"))["limit"]
open("clean.txt", "w").write(" ".join(open("raw.txt").read().split()[:limit]))
""",
        "model/dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py, ../data/clean.txt]
    params: [lr]
    metrics:
    - metrics.yaml: {cache: false}
""",
        "model/params.yaml": "lr: 0.1\n",
        "model/train.py": """from ruamel.yaml import YAML
numbers = [int(each) for each in open("../data/clean.txt").read().split()]
lr = YAML().load(open("params.yaml"))["lr"]
open("metrics.yaml", "w").write(f"loss: {round(lr * sum(numbers), 6)}\\nrows: {len(numbers)}\\n")
""",
    },
    tuned={"data/params.yaml": "limit: 5\n"},
    typed="-S model/params.yaml:lr=0.01",
    params={"data/params.yaml:limit": (4, 5, 5), "model/params.yaml:lr": (0.1, 0.1, 0.01)},
    metrics={"model/metrics.yaml:loss": (1.0, 1.5, 0.15), "model/metrics.yaml:rows": (4, 5, 5)},
    trains=("repro", "--all-pipelines"),
    recipe="dvc pull --allow-missing data/clean.txt",
    made="Trained: `model/dvc.yaml:train`; skipped, because nothing that dvc.yaml lists for it changed: "
    "`data/dvc.yaml:clean`.",
)
BELOW = Layout(
    project="vision",
    files={
        **DVC,
        **{f"vision/{name}": text for name, text in DVC.items()},
        ".github/studio.yml": "projects:\n  vision: {}\n",
        "vision/dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py, ../shared/score.py]
    params: [lr]
    outs: [model.txt]
    metrics:
    - metrics.json: {cache: false}
""",
        "vision/params.yaml": "lr: 0.1\n",
        "vision/train.py": """import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "..")
from shared.score import loss
lr = float(open("params.yaml").read().split(":")[1])
open("model.txt", "w").write(f"weights {lr}")
json.dump({"loss": loss(lr)}, open("metrics.json", "w"))
""",
        "shared/score.py": "def loss(lr):\n    return round(lr * 7, 6)\n",
    },
    tuned={"vision/params.yaml": "lr: 0.2\n"},
    typed="-S lr=0.05",
    params={"params.yaml:lr": (0.1, 0.2, 0.05)},
    metrics={"metrics.json:loss": (0.7, 1.4, 0.35)},
    made="Trained: `train`.",
)
LAYOUTS = {"several dvc.yaml": SEVERAL, "a project below the root's .dvc": BELOW}
