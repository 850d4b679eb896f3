"""A small DVC project whose commits are the same in every test, so that their snapshots are taken once."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PARAMS = """# How it is trained
train:
  lr: 0.1   # learning rate
  epochs: 10
  optimizer: "sgd"
seed: 7
"""
PIPELINE = """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [train.lr, train.epochs, train.optimizer]
    metrics:
      - metrics.json:
          cache: false
    plots:
      - loss.csv:
          cache: false
          x: step
          y: loss
"""
TRAIN = "print('training')\n"
STUDIO = "primary: accuracy\nmetrics:\n  accuracy: {better: higher, noise: 0.002}\n"
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "Ada", "EMAIL": "ada@example.com", "DATE": "2026-01-01T00:00:00Z"}.items()
}


def git(folder: Path, *words: str, stdin: bytes | None = None) -> str:
    """Run git in a work tree, with a fixed identity and date, and return what it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env = clean | IDENTITY | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(["git", *words], cwd=folder, env=env, check=True, capture_output=True, input=stdin)
    return done.stdout.decode().strip()


def files(accuracy: float = 0.9, params: str = PARAMS) -> dict[str, str]:
    """Return the files of a trained commit of the project."""
    return {
        ".dvc/config": "",
        ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
        ".dvcignore": "",
        ".github/studio.yml": STUDIO,
        "dvc.yaml": PIPELINE,
        "params.yaml": params,
        "train.py": TRAIN,
        **results(params, {"accuracy": accuracy, "loss": round(1 - accuracy, 6)}, [1.0, 0.5, round(1 - accuracy, 6)]),
    }


def monorepo(studio: str = "primary: accuracy\nprojects:\n  vision: {}\n  speech: {timeout: 4h}\n") -> dict[str, str]:
    """Return the files of two trained projects in one repository, `vision` and `speech`, and these settings."""
    found = {".github/studio.yml": studio}
    for folder, accuracy in (("vision", 0.9), ("speech", 0.8)):
        own = {name: text for name, text in files(accuracy).items() if not name.startswith(".github")}
        found |= {f"{folder}/{name}": text for name, text in own.items()}
    return found


def results(params: str, metrics: Mapping[str, Any], losses: list[float]) -> dict[str, str]:
    """Return what training with these parameters leaves: metrics, plot and the dvc.lock that goes with them."""
    measured = json.dumps(dict(metrics)) + "\n"
    curve = "step,loss\n" + "".join(f"{step},{loss}\n" for step, loss in enumerate(losses))
    train = yaml.safe_load(params)["train"]
    lock = {
        "schema": "2.0",
        "stages": {
            "train": {
                "cmd": "python train.py",
                "deps": [_entry("train.py", TRAIN)],
                "params": {"params.yaml": {f"train.{key}": train[key] for key in ("epochs", "lr", "optimizer")}},
                "outs": [_entry("loss.csv", curve), _entry("metrics.json", measured)],
            }
        },
    }
    return {"metrics.json": measured, "loss.csv": curve, "dvc.lock": yaml.safe_dump(lock, sort_keys=False)}


def write(folder: Path, contents: Mapping[str, str]) -> None:
    """Write files into a work tree."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def _entry(path: str, content: str) -> dict[str, Any]:
    data = content.encode()
    return {"path": path, "hash": "md5", "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(), "size": len(data)}
