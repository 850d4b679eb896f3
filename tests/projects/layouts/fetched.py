"""Projects whose commits only name their content: it is fetched from elsewhere."""

from tests.projects.layout import DVC, Layout

LARGE = Layout(
    files={
        **DVC,
        ".gitattributes": "*.csv filter=lfs diff=lfs merge=lfs -text\n",
        "data.csv": "row\n1\n2\n3\n",
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py, data.csv]
    params: [lr]
    metrics:
    - metrics.json: {cache: false}
""",
        "params.yaml": "lr: 0.1\n",
        "train.py": """import json
rows = [int(each) for each in open("data.csv").read().split()[1:]]
lr = float(open("params.yaml").read().split(":")[1])
json.dump({"loss": round(lr * sum(rows), 6), "rows": len(rows)}, open("metrics.json", "w"))
""",
    },
    pointers=["data.csv"],
    tuned={"data.csv": "row\n1\n2\n3\n4\n", "params.yaml": "lr: 0.2\n"},
    typed="-S lr=0.01",
    params={"params.yaml:lr": (0.1, 0.2, 0.01)},
    metrics={"metrics.json:loss": (0.6, 2.0, 0.1), "metrics.json:rows": (3, 4, 4)},
    cached=False,
    made="Trained: `train`.",
)
LIBRARY = Layout(
    files={
        **DVC,
        ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n',
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py, lib/net.py]
    params: [lr]
    outs: [model.txt]
    metrics:
    - metrics.json: {cache: false}
""",
        "params.yaml": "lr: 0.1\n",
        "train.py": """import json, sys
sys.dont_write_bytecode = True
from lib.net import RATE
lr = float(open("params.yaml").read().split(":")[1])
open("model.txt", "w").write(f"weights {lr}")
json.dump({"loss": round(lr * RATE, 6), "rate": RATE}, open("metrics.json", "w"))
""",
    },
    modules=["lib"],
    tuned={"params.yaml": "lr: 0.2\n"},
    typed="-S lr=0.04",
    params={"params.yaml:lr": (0.1, 0.2, 0.04)},
    metrics={"metrics.json:loss": (0.025, 0.05, 0.01), "metrics.json:rate": (0.25, 0.25, 0.25)},
    beforehand=["`lib` is fetched from `grace/lib`, which `ada` may read"],
    made="Trained: `train`.",
)
LAYOUTS = {"Git LFS": LARGE, "submodule": LIBRARY}
