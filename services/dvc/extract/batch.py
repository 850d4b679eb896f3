"""Reads many commits in one process: loading DVC takes longest, and is done once."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from experiments.settings.declared import Declared
from services.dvc.extract import fence, snapshot
from services.dvc.extract.writing import to_json

OUTPUT_LIMIT = 32_000_000  # bytes
TOGETHER = 4 * OUTPUT_LIMIT  # bytes of all answers of one process, which are on the disk at the same time
SMALL = {  # a project of our own: reading it makes DVC load what it loads late
    ".dvc/config": "",
    "params.yaml": "a: 1\n",
    "metrics.json": '{"a": 1}',
    "curve.csv": "a,b\n1,2\n",
    "dvc.yaml": "stages:\n  a:\n    cmd: a\n    params: [a]\n    metrics: [metrics.json: {cache: false}]\n"
    "    plots: [curve.csv: {cache: false}]\n",
}


def warm(workspace: Path) -> None:
    """Load all modules, by reading a project of our own in `workspace`."""
    folder = workspace / "own"
    (workspace / "private").mkdir(parents=True, exist_ok=True)
    for name, text in SMALL.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (workspace / "private" / "left_out.json").write_text('{"submodules": {}, "large": []}')
    snapshot.extract(folder, "", Declared(), workspace / "private", "0" * 40, None)
    os.chdir("/")


def each(workspace: Path, shas: list[str], folder: str, declared: Declared, roots: list[Path]) -> None:
    """Write the snapshot of each commit's `tree` into its `private/answer.json`, one after the other.

    A process of its own reads each commit, with the same limits and fence as if it was alone. So what a tree does to
    DVC ends with that process and cannot change the next snapshot.
    """
    warm(workspace)
    left = TOGETHER
    for sha in shas:
        child = os.fork()
        if not child:
            code = 1
            try:
                _one(workspace / sha, sha, folder, declared, roots, min(left, OUTPUT_LIMIT))
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.waitpid(child, 0)
        with suppress(OSError):
            left -= os.lstat(workspace / sha / "private" / "answer.json").st_size


def _one(place: Path, sha: str, folder: str, declared: Declared, roots: list[Path], most: int) -> None:
    private = place / "private"
    home = str(private / "home")
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR"):
        os.environ[name] = home
    os.environ["DVC_SITE_CACHE_DIR"] = str(private / "site")
    fence.limit()
    fence.close([place, *roots])
    data = to_json(snapshot.extract(place / "tree", folder, declared, private, sha, None))
    if len(data) > most:
        sys.exit(f"the answer has {len(data):,} bytes")
    unfinished = private / "answer"
    unfinished.write_bytes(data)
    unfinished.rename(private / "answer.json")
