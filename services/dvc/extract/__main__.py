"""`python -I services/dvc/extract/__main__.py WORKSPACE SHA FOLDER [TAR]` prints the snapshot of WORKSPACE/tree/FOLDER.

`… WORKSPACE --compose FOLDER` prints what Hydra makes of it with each list of overrides in private/asked.json, which
holds what the repository declares otherwise. `… WORKSPACE --each FOLDER` writes for each SHA in private/shas.json the
snapshot of WORKSPACE/<SHA>/tree/FOLDER into WORKSPACE/<SHA>/private/answer.json.

`… WORKSPACE --wait` loads DVC and waits for a line of standard input: a JSON list of the other arguments. It ends where
standard input ends.
"""

import json
import os
import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
NO_MEMORY = 3  # exit code; services.dvc.reading_process has the same, which can't be imported before the path is set


def main(answer: int, workspace: Path, sha: str, folder: str, tar: Path | None) -> None:
    """Read a project of the tree and write its snapshot to the descriptor `answer`."""
    sys.path.insert(0, str(PROJECT))  # `-I` leaves it off the path, with all that a tree could put there
    from experiments.settings.declared import Declared, DeclaredPlot
    from services.dvc.extract import batch, composing, fence, snapshot
    from services.dvc.extract.writing import to_json

    ours = [PROJECT / "services", PROJECT / "experiments", PROJECT / "runners"]
    asked = json.loads((workspace / "private" / "asked.json").read_bytes())
    declared = Declared()
    if sha != "--compose":
        plots = tuple(DeclaredPlot(plot["path"], plot["properties"]) for plot in asked["plots"])
        declared = Declared(tuple(asked["params"]), tuple(asked["metrics"]), plots)
    snapshot.load_libraries()  # before the fence: imports may open files that the fence forbids
    if sha == "--each":
        batch.each(workspace, json.loads((workspace / "private" / "shas.json").read_bytes()), folder, declared, ours)
        return
    fence.limit()
    fence.close([workspace, *([tar] if tar else []), *ours])
    if sha == "--compose":
        data = to_json(composing.composed(workspace / "tree", folder, asked))
    else:
        data = to_json(snapshot.extract(workspace / "tree", folder, declared, workspace / "private", sha, tar))
    if len(data) > batch.OUTPUT_LIMIT:
        sys.exit(f"the answer has {len(data):,} bytes")
    with os.fdopen(answer, "wb") as out:
        out.write(data)


def waited(workspace: Path) -> list[str]:
    """Load all that reads commits, and return the arguments that standard input gives then; none where it ends."""
    sys.path.insert(0, str(PROJECT))
    from services.dvc.extract import batch

    batch.warm(workspace / "spare")
    shutil.rmtree(workspace / "spare")  # so that no commit finds it there
    line = sys.stdin.readline()
    return [str(workspace), *json.loads(line)] if line else []


def run(words: list[str]) -> int:
    """Read what these arguments name and return the exit code.

    The answer is printed. Whatever else is printed, for instance by DVC, goes to standard error.
    """
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        if words[1] == "--wait":
            words = waited(Path(words[0]))
        if words:
            main(answer, Path(words[0]), words[1], words[2], Path(words[3]) if len(words) > 3 else None)
    except MemoryError:
        return NO_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
