"""Projects that differ in where their data comes from and where their results go."""

from tests.projects.layout import DVC, Layout

FOLDER = Layout(
    files={
        **DVC,
        ".github/studio.yml": "primary: auc\n",
        "dvc.yaml": """stages:
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py]
    params: [threshold]
    outs: [eval]
metrics: [eval/metrics.json]
plots:
- eval/plots/roc.csv:
    x: fpr
    y: tpr
- eval/plots/importance.png
""",
        "params.yaml": "threshold: 0.5\n",
        "evaluate.py": """import base64, json, os
threshold = float(open("params.yaml").read().split(":")[1])
os.makedirs("eval/plots", exist_ok=True)
json.dump({"auc": round(1 - threshold / 4, 6)}, open("eval/metrics.json", "w"))
open("eval/plots/roc.csv", "w").write(f"fpr,tpr\\n0,0\\n{threshold},0.9\\n1,1\\n")
dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
open("eval/plots/importance.png", "wb").write(base64.b64decode(dot))
""",
    },
    tuned={"params.yaml": "threshold: 0.8\n"},
    typed="-S threshold=0.2",
    params={"params.yaml:threshold": (0.5, 0.8, 0.2)},
    metrics={"eval/metrics.json:auc": (0.875, 0.8, 0.95)},
    plots=2,
    made="Trained: `evaluate`.",
)
IMPORTED = Layout(
    files={
        **DVC,
        "data/.gitkeep": "",
        "dvc.yaml": """stages:
  train:
    cmd: python train.py
    deps: [train.py, data/rows.csv]
    params: [lr]
    metrics:
    - metrics.json: {cache: false}
    plots:
    - rows.json: {cache: false}
""",
        "params.yaml": "lr: 0.1\n",
        "train.py": """import json
rows = [int(each) for each in open("data/rows.csv").read().split()[1:]]
lr = float(open("params.yaml").read().split(":")[1])
json.dump({"loss": round(lr * sum(rows), 6), "rows": len(rows)}, open("metrics.json", "w"))
json.dump([{"row": each} for each in rows], open("rows.json", "w"))
""",
    },
    served={"rows.csv": "row\n1\n2\n3\n"},
    begin=[("import-url", "{web}/rows.csv", "data/rows.csv")],
    tuned={"params.yaml": "lr: 0.2\n"},
    typed="-S lr=0.01",
    params={"params.yaml:lr": (0.1, 0.2, 0.01)},
    metrics={"metrics.json:loss": (0.6, 1.2, 0.06), "metrics.json:rows": (3, 3, 3)},
    plots=1,
    made="Trained: `train`.",
)
FROZEN = Layout(
    files={
        **DVC,
        "dvc.yaml": """stages:
  prepare:
    cmd: python prepare.py
    deps: [prepare.py]
    params: [rows]
    outs: [clean.txt]
    frozen: true
  train:
    cmd: python train.py
    deps: [train.py, clean.txt]
    params: [lr]
    metrics:
    - metrics.json: {cache: false}
""",
        "params.yaml": "rows: 10\nlr: 0.1\n",
        "prepare.py": """rows = open("params.yaml").read().split()[1]
open("clean.txt", "w").write(rows)
""",
        "train.py": """import json
lr = float(open("params.yaml").read().split()[3])
json.dump({"loss": round(lr * int(open("clean.txt").read()), 6)}, open("metrics.json", "w"))
""",
    },
    begin=[("unfreeze", "prepare"), ("repro", "prepare"), ("freeze", "prepare")],
    tuned={"params.yaml": "rows: 50\nlr: 0.2\n"},
    typed="-S lr=0.01",
    params={"params.yaml:rows": (10, 50, 50), "params.yaml:lr": (0.1, 0.2, 0.01)},
    metrics={"metrics.json:loss": (1.0, 2.0, 0.1)},
    made="Trained: `train`; skipped as frozen: `prepare`.",
)
LAYOUTS = {"metrics and plots in a cached folder": FOLDER, "import-url": IMPORTED, "frozen": FROZEN}
