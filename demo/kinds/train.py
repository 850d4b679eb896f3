"""Fit a polynomial to noisy points by gradient descent, and measure it on points it has not seen."""

import json
import random
import tomllib
from pathlib import Path
from typing import Any


def parameters() -> dict[str, Any]:
    """Read params.toml where it exists, else params.yaml."""
    if Path("params.toml").exists():
        return tomllib.loads(Path("params.toml").read_text())
    import yaml  # comes with DVC; a project without it needs none

    return dict(yaml.safe_load(Path("params.yaml").read_text()))


def points(count: int, seed: int) -> list[tuple[float, float]]:
    """Return points of a parabola with a little noise."""
    chance = random.Random(seed)
    xs = [chance.uniform(-1, 1) for _ in range(count)]
    return [(x, 1.5 * x * x - 0.5 * x + 0.2 + chance.gauss(0, 0.05)) for x in xs]


def loss(weights: list[float], data: list[tuple[float, float]]) -> float:
    """Return the mean squared error."""
    return sum((value(weights, x) - y) ** 2 for x, y in data) / len(data)


def value(weights: list[float], x: float) -> float:
    """Return the polynomial's value at x."""
    return sum(weight * x**power for power, weight in enumerate(weights))


def main() -> None:
    """Train, and print the loss of each epoch."""
    params = parameters()
    train, test = points(60, params["seed"]), points(60, 1)
    weights = [0.0] * (params["model"]["degree"] + 1)
    curve = ["epoch,loss"]
    for epoch in range(params["train"]["epochs"]):
        errors = [(x, value(weights, x) - y) for x, y in train]
        for power in range(len(weights)):
            weights[power] -= params["train"]["lr"] * 2 * sum(error * x**power for x, error in errors) / len(errors)
        curve.append(f"{epoch},{loss(weights, train):.6f}")
        print(curve[-1], flush=True)
    Path("loss.csv").write_text("\n".join(curve) + "\n")
    Path("metrics.json").write_text(json.dumps({"loss": round(loss(weights, test), 6)}) + "\n")


if __name__ == "__main__":
    main()
