"""The agent's command line: `agent [--home DIR] [--isolation none] [--remote DIR]…`, and one JSON line on stdin."""

import argparse
import os
import signal
import sys
from pathlib import Path

from .isolation import bubblewrap, process, root
from .options import Options
from .session import TAKEN, Mission
from .specification import read_bootstrap
from .spot_notice import Notice


def main() -> int:
    """Run the agent and return its exit code.

    0: the bot heard how the attempt ended. 3: the bot wanted nothing of it. 2: this machine, or what it was given, is
    not fit.
    """
    parser = argparse.ArgumentParser(prog="agent", description="Trains one attempt of one run (docs/runs-api.md).")
    parser.add_argument("--home", type=Path, default=Path.home() / ".cache" / "studio-agent", help="what is kept")
    parser.add_argument("--isolation", choices=("bubblewrap", "none"), default="bubblewrap")
    parser.add_argument(
        "--remote", type=Path, action="append", default=[], help="a folder: the repository's DVC remote"
    )
    parser.add_argument("--notice", metavar="URL", default="", help="ask EC2's metadata service there for its notice")
    parser.add_argument("--die-with-parent", action="store_true", help="end when whoever started this ends")
    options = parser.parse_args()
    if options.die_with_parent:
        process.die_with_parent()
    try:
        bootstrap = read_bootstrap(sys.stdin.readline())
    except ValueError as error:
        parser.error(f'standard input holds no line {{"url", "run", "attempt", "token"}}: {error}')
    process.adopt_orphans()
    remotes = tuple(folder.absolute() for folder in options.remote if folder.is_dir())
    isolated = options.isolation == "bubblewrap"
    unfit = (root.refused(os.geteuid(), os.environ) or bubblewrap.missing()) if isolated else ""
    mission = Mission(bootstrap, Options(options.home.absolute(), isolated, remotes, dict(os.environ)), unfit)
    if options.notice.startswith("http://"):
        Notice(options.notice.rstrip("/"), lambda: mission.interrupt(TAKEN)).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: mission.interrupt())
    return mission.run()
