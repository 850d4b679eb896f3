"""Fit a polynomial to the points of a file by gradient descent; after each epoch, save what was learned so far."""

import csv
import json
import random
import time
from pathlib import Path
from typing import Any

import yaml

WEIGHTS = Path("weights.json")


def loss(weights: list[float], data: list[tuple[float, float]]) -> float:
    """Return the mean squared error."""
    return sum((value(weights, x) - y) ** 2 for x, y in data) / len(data)


def value(weights: list[float], x: float) -> float:
    """Return the polynomial's value at x."""
    return sum(weight * x**power for power, weight in enumerate(weights))


def main() -> None:
    """Train; go on from weights.json where that is of fewer epochs."""
    params = yaml.safe_load(Path("params.yaml").read_text())
    with Path("points.csv").open() as file:
        points = [(float(row["x"]), float(row["y"])) for row in csv.DictReader(file)]
    test, train = points[:10], points[10:]
    chance = random.Random(params["seed"])
    size = params["model"]["degree"] + 1
    state: dict[str, Any] = {"epoch": 0, "weights": [chance.gauss(0, 0.5) for _ in range(size)], "curve": []}
    if WEIGHTS.exists():
        known = json.loads(WEIGHTS.read_text())
        if known["epoch"] < params["train"]["epochs"] and len(known["weights"]) == size:
            state = known
            print(f"going on after epoch {state['epoch']}", flush=True)
    weights = state["weights"]
    for epoch in range(state["epoch"], params["train"]["epochs"]):
        errors = [(x, value(weights, x) - y) for x, y in train]
        for power in range(size):
            weights[power] -= params["train"]["lr"] * 2 * sum(error * x**power for x, error in errors) / len(errors)
        state["epoch"] = epoch + 1
        state["curve"].append(round(loss(weights, train), 6))
        part = WEIGHTS.with_suffix(".part")
        part.write_text(json.dumps(state))
        part.replace(WEIGHTS)
        if (epoch + 1) % 10 == 0:
            print(f"epoch {epoch + 1}: loss {state['curve'][-1]}", flush=True)
        time.sleep(params["train"]["pause"])
    Path("loss.csv").write_text("epoch,loss\n" + "".join(f"{n},{each}\n" for n, each in enumerate(state["curve"])))
    Path("metrics.json").write_text(json.dumps({"loss": round(loss(weights, test), 6)}) + "\n")


if __name__ == "__main__":
    main()
