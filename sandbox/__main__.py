"""`python -m sandbox --port 3000 --folder DIR --config FILE.json`: runs a local GitHub until Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox import seeding
from sandbox.server import Sandbox


def main() -> int:
    """Serve until a signal, and return 0. When it is ready, one line with the address is printed."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local GitHub on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=3000, help="0 takes any free one")
    parser.add_argument("--folder", type=Path, required=True, help="where the bare repositories are kept")
    parser.add_argument("--config", type=Path, required=True, help="JSON: users, repositories, app")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    sandbox = Sandbox(chosen.folder)
    seeding.seed(sandbox, seeding.read(chosen.config))
    sys.stdout.write(f"{sandbox.start(chosen.port)}\n")
    sys.stdout.flush()
    ended.wait()
    sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
