"""Make a small DVC project that really trains, in a second, and whose data can be taken away."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.world.project import PARAMS, PIPELINE, STUDIO

TRAIN = """
import csv, json, math, sys
from pathlib import Path

if Path("{away}").exists():
    sys.exit("the data cannot be reached")
lr = float(Path("params.yaml").read_text().split("lr:")[1].split()[0])
losses = [math.exp(-lr * step) for step in range(10)]
print(f"trained with lr={{lr}}", flush=True)
Path("metrics.json").write_text(json.dumps({{"accuracy": 1 - losses[-1] / 2, "loss": losses[-1]}}))
with open("loss.csv", "w") as file:
    csv.writer(file).writerows([("step", "loss"), *enumerate(losses)])
"""
BRANCHES = ("faster", "again")


def make(folder: Path, away: Path, env: Mapping[str, str]) -> None:
    """Make the project: a trained `main`, and branches to open pull requests from. While `away` exists, training
    fails.
    """

    def here(*command: str) -> None:
        subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)

    folder.mkdir(parents=True)
    files = {
        "train.py": TRAIN.format(away=away),
        "dvc.yaml": PIPELINE,
        "params.yaml": PARAMS,
        "requirements.txt": "",
        ".github/studio.yml": STUDIO,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    here("git", "init", "--quiet", "--initial-branch=main")
    here("git", "config", "user.name", "Ada")
    here("git", "config", "user.email", "ada@example.com")
    here(sys.executable, "-m", "dvc", "init", "--quiet")
    here(sys.executable, "-m", "dvc", "repro", "--quiet")
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", "Train")
    for branch in BRANCHES:
        here("git", "switch", "--quiet", "--create", branch, "main")
        (folder / "README.md").write_text(f"# {branch.title()}\n")
        here("git", "add", "--all")
        here("git", "commit", "--quiet", "--message", "Describe")
