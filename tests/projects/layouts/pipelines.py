"""Projects that differ in how their dvc.yaml is written."""

from tests.projects.layout import DVC, Layout

TOP = Layout(
    files={
        **DVC,
        "dvc.yaml": """params: [params.yaml]
metrics: [metrics.json]
plots:
- loss.csv:
    x: step
    y: loss
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr, steps]
    outs:
    - model.txt
    - metrics.json: {cache: false}
    - loss.csv: {cache: false}
""",
        "params.yaml": "lr: 0.1  # the rate\nsteps: 3\nnote: read by nobody\n",
        "train.py": """import json
from ruamel.yaml import YAML
params = YAML().load(open("params.yaml"))
lr, steps = params["lr"], params["steps"]
json.dump({"loss": round(lr * 2, 6), "accuracy": round(1 - lr, 6)}, open("metrics.json", "w"))
open("model.txt", "w").write(f"weights {lr}")
rows = [f"{step},{round(lr * 2 + steps - 1 - step, 6)}\\n" for step in range(steps)]
open("loss.csv", "w").writelines(["step,loss\\n", *rows])
""",
    },
    tuned={"params.yaml": "lr: 0.2  # the rate\nsteps: 3\nnote: read by nobody\n"},
    typed="-S lr=0.05",
    params={
        "params.yaml:lr": (0.1, 0.2, 0.05),
        "params.yaml:steps": (3, 3, 3),
        "params.yaml:note": ("read by nobody",) * 3,
    },
    metrics={"metrics.json:loss": (0.2, 0.4, 0.1), "metrics.json:accuracy": (0.9, 0.8, 0.95)},
    plots=1,
    made="Trained: `train`.",
)
MANY = Layout(
    files={
        **DVC,
        "dvc.yaml": """stages:
  prepare:
    foreach:
      left: {shift: 1}
      right: {shift: 2}
    do:
      cmd: python prepare.py ${key} ${item.shift}
      deps: [prepare.py]
      params: [width]
      outs: ["data/${key}.txt"]
  train:
    matrix:
      side: [left, right]
      kind: [small, large]
    cmd: python train.py ${item.side} ${item.kind}
    deps: [train.py, "data/${item.side}.txt"]
    params: ["${item.kind}.lr"]
    metrics:
    - scores/${item.side}-${item.kind}.json: {cache: false}
""",
        "params.yaml": "width: 10\nsmall: {lr: 0.1}\nlarge: {lr: 0.3}\n",
        "prepare.py": """import sys
from ruamel.yaml import YAML
side, shift = sys.argv[1], int(sys.argv[2])
open(f"data/{side}.txt", "w").write(str(YAML().load(open("params.yaml"))["width"] + shift))
""",
        "data/.gitkeep": "",
        "scores/.gitkeep": "",
        "train.py": """import json, sys
from ruamel.yaml import YAML
side, kind = sys.argv[1:]
size, lr = int(open(f"data/{side}.txt").read()), YAML().load(open("params.yaml"))[kind]["lr"]
json.dump({"loss": round(lr * size, 6)}, open(f"scores/{side}-{kind}.json", "w"))
""",
    },
    tuned={"params.yaml": "width: 20\nsmall: {lr: 0.1}\nlarge: {lr: 0.3}\n"},
    typed="-S small.lr=0.01",
    params={
        "params.yaml:width": (10, 20, 20),
        "params.yaml:small.lr": (0.1, 0.1, 0.01),
        "params.yaml:large.lr": (0.3, 0.3, 0.3),
    },
    metrics={
        "scores/left-small.json:loss": (1.1, 2.1, 0.21),
        "scores/left-large.json:loss": (3.3, 6.3, 6.3),
        "scores/right-small.json:loss": (1.2, 2.2, 0.22),
        "scores/right-large.json:loss": (3.6, 6.6, 6.6),
    },
    made="Trained: `train@left-small`, `train@right-small`; skipped, because nothing that dvc.yaml lists for them "
    "changed: `prepare@left`, `prepare@right`, `train@left-large`, `train@right-large`.",
)
TEMPLATES = Layout(
    files={
        **DVC,
        "dvc.yaml": """vars:
- config/paths.yaml
- model: {name: tree}
stages:
  train:
    vars:
    - suffix: fit
    cmd: >-
      python ${paths.code}/train.py --lr ${train.lr} --depth ${train.depth}
      --out ${paths.out}/${model.name}-${suffix}.json
    deps: ["${paths.code}/train.py"]
    metrics:
    - ${paths.out}/${model.name}-${suffix}.json: {cache: false}
""",
        "config/paths.yaml": "paths:\n  code: src\n  out: out\n",
        "params.yaml": "train:\n  lr: 0.1\n  depth: 2\n",
        "out/.gitkeep": "",
        "src/train.py": """import json, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
lr, depth = float(given["--lr"]), int(given["--depth"])
json.dump({"eval": {"loss": round(lr * depth, 6)}}, open(given["--out"], "w"))
""",
    },
    tuned={"params.yaml": "train:\n  lr: 0.1\n  depth: 3\n"},
    typed="-S train.lr=0.02",
    params={
        "params.yaml:train.lr": (0.1, 0.1, 0.02),
        "params.yaml:train.depth": (2, 3, 3),
        "config/paths.yaml:paths.code": ("src",) * 3,
        "config/paths.yaml:paths.out": ("out",) * 3,
    },
    metrics={"out/tree-fit.json:eval.loss": (0.2, 0.3, 0.06)},
    cached=False,
    made="Trained: `train`.",
)
LAYOUTS = {"everything at the top of dvc.yaml": TOP, "foreach and matrix": MANY, "vars and templates": TEMPLATES}
