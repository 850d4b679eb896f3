"""`python -I -B -X utf8 tests/world/warm_process.py FOLDER` loads what reads commits, then reads one for each line.

A line of its input is JSON: the arguments of `services/dvc/extract/__main__.py`, the environment, and the files that
get the answer and the errors. Each commit is read by a process of its own that is forked here, with the same limits and
the same fence as the one that the bot starts; what is spared is loading DVC. A line of its output is that process's
exit code.
"""

import json
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def main() -> None:
    sys.path.insert(0, str(PROJECT))
    from services.dvc.extract import __main__ as extract
    from services.dvc.extract import batch, composing  # noqa: F401 - Hydra is loaded, too

    workspace = Path(sys.argv[1])
    (workspace / "private").mkdir(parents=True)
    batch.warm(workspace)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            code = 1
            try:
                os.setsid()
                for stream, name in ((0, os.devnull), (1, asked["answer"]), (2, asked["errors"])):
                    os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), stream)
                os.environ.clear()
                os.environ.update(asked["env"])
                code = extract.run(asked["words"])
            finally:
                sys.stderr.flush()
                os._exit(code)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
