"""Fits a softmax to three clouds of points, some seconds of plain Python, and draws what `dvc plots diff` shows.

Nothing has to be installed for it, and the same parameters always give the same numbers.
"""

import json
import math
import random
import struct
import zlib
from pathlib import Path

CENTRES = ((0.0, 1.0), (1.0, -0.4), (-1.0, -0.4))
POINTS = 3000
SIDE = 96  # pixels of the picture

Point = tuple[float, float, int]
Weights = list[list[float]]


def settings() -> dict[str, float]:
    """Read the two numbers of params.yaml without a package."""
    lines = Path("params.yaml").read_text().splitlines()
    return {name.strip(): float(value) for name, _, value in (line.partition(":") for line in lines) if value.strip()}


def cloud(chance: random.Random) -> list[Point]:
    """Draw points around each centre, with its number."""
    picked = (chance.randrange(len(CENTRES)) for _ in range(POINTS))
    return [(chance.gauss(CENTRES[k][0], 0.6), chance.gauss(CENTRES[k][1], 0.6), k) for k in picked]


def shares(weights: Weights, x: float, y: float) -> list[float]:
    """Return the probability of each class at a place."""
    powers = [math.exp(a * x + b * y + c) for a, b, c in weights]
    whole = sum(powers)
    return [each / whole for each in powers]


def epoch(weights: Weights, points: list[Point], rate: float) -> float:
    """Go once over all points, and return the mean loss."""
    loss = 0.0
    for x, y, actual in points:
        found = shares(weights, x, y)
        loss -= math.log(found[actual])
        for number, row in enumerate(weights):
            step = rate * ((number == actual) - found[number]) / 100
            row[0] += step * x
            row[1] += step * y
            row[2] += step
    return loss / len(points)


def png(weights: Weights) -> bytes:
    """Draw which class wins at each place, in three colours."""
    scale = [4 * each / SIDE - 2 for each in range(SIDE)]
    rows = (b"\0" + b"".join(bytes(int(255 * share) for share in shares(weights, x, -y)) for x in scale) for y in scale)
    parts = ((b"IHDR", struct.pack(">2I5B", SIDE, SIDE, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"".join(rows))))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*parts, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def main() -> None:
    """Fit, and write metrics, two curves, a confusion matrix and a picture."""
    chosen, points = settings(), cloud(random.Random(7))  # noqa: S311 # chance makes data here, no secrets
    weights: Weights = [[0.0, 0.0, 0.0] for _ in CENTRES]
    accuracies, losses, guesses = ["epoch\taccuracy"], ["epoch\tloss"], list[dict[str, int]]()
    for number in range(int(chosen["epochs"])):
        losses.append(f"{number}\t{epoch(weights, points, chosen['rate'])}")
        found = (shares(weights, x, y) for x, y, _ in points)
        guesses = [
            {"actual": actual, "predicted": each.index(max(each))}
            for each, (_, _, actual) in zip(found, points, strict=True)
        ]
        right = sum(each["actual"] == each["predicted"] for each in guesses)
        accuracies.append(f"{number}\t{right / len(points)}")
    results = Path("results")
    results.mkdir(exist_ok=True)
    (results / "accuracy.tsv").write_text("\n".join(accuracies) + "\n")
    (results / "loss.tsv").write_text("\n".join(losses) + "\n")
    (results / "confusion.json").write_text(json.dumps(guesses))
    (results / "weights.png").write_bytes(png(weights))
    last = {"accuracy": float(accuracies[-1].split("\t")[1]), "loss": float(losses[-1].split("\t")[1])}
    Path("metrics.json").write_text(json.dumps(last) + "\n")


if __name__ == "__main__":
    main()
