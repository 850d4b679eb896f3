"""Makes many experiments at once, as training would have left them: each a commit with other parameters and results."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import run as start

from demo.seed import run

KEPT = "refs/trials/"  # where the local repository has them
_LR = re.compile(r"(?<=train\.lr: ).*")
_METRICS = re.compile(r"(path: metrics\.json\n(?:.*\n)*?\s+md5: )\w+(\n\s+size: )\d+")


def make(tree: Path, count: int, first: float, env: Mapping[str, str]) -> list[str]:
    """Make experiments on HEAD with learning rates from `first` on, and return their names.

    Those of the last call are deleted.
    """
    head, lock = (run(["git", *words], tree, env) for words in (("rev-parse", "HEAD"), ("show", "HEAD:dvc.lock")))
    place = f"{KEPT}{head[:2]}/{head[2:].strip()}"
    gone = "".join(
        f"delete {ref}\n" for ref in run(["git", "for-each-ref", "--format=%(refname)", KEPT], tree, env).split()
    )
    start(["git", "update-ref", "--stdin"], cwd=tree, env=dict(env), input=gone.encode(), check=True)
    names = [f"trial-{first:g}-{number:04d}" for number in range(count)]  # others than those of the last call
    numbered = ((f"{place}/{name}", first + number / 1e4) for number, name in enumerate(names))
    stream = b"".join(part for ref, lr in numbered for part in _commit(ref, head, lock, lr))
    command = ["git", "fast-import", "--quiet", "--force"]
    start(command, cwd=tree, env=dict(env), input=stream, check=True, capture_output=True)
    return names


def push(tree: Path, url: str, env: Mapping[str, str]) -> None:
    """Push them as DVC's experiments, in place of those that were there."""
    run(["git", "push", "--quiet", "--prune", url, f"+{KEPT}*:refs/exps/*"], tree, env)


def _commit(ref: str, head: str, lock: str, lr: float) -> Iterator[bytes]:
    """Yield the lines of fast-import that make one experiment."""
    metrics = json.dumps({"accuracy": 1 / (1 + lr)}) + "\n"
    digest = hashlib.md5(metrics.encode(), usedforsecurity=False).hexdigest()
    files = {
        "params.yaml": f"train:\n  lr: {lr:.4f}\n",
        "metrics.json": metrics,
        "dvc.lock": _METRICS.sub(rf"\g<1>{digest}\g<2>{len(metrics)}", _LR.sub(f"{lr:.4f}", lock)),
    }
    when = 1_800_000_000 + int(lr * 1e4)  # seconds since the epoch: each a second after the one before
    yield f"commit {ref}\ncommitter Ada <ada@example.com> {when} +0000\ndata 3\ntry\nfrom {head}".encode()
    for name, text in files.items():
        yield f"M 100644 inline {name}\ndata {len(text.encode())}\n{text}\n".encode()
