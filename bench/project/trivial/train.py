"""Trivial training, so that everything around it is measured."""

import json
from pathlib import Path

lr = float(Path("params.yaml").read_text().rpartition(":")[2])
Path("metrics.json").write_text(json.dumps({"accuracy": 1 / (1 + lr)}) + "\n")
