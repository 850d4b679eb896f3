"""Run the real DVC as people type it: several commands in one process, as starting it takes longer than most of
them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.world.project import IDENTITY

# DVC reads no dates of this kind.
WHO = {name: value for name, value in IDENTITY.items() if not name.endswith("_DATE")}
END = "\x1e"  # ASCII's record separator
COMMANDS = f"""
import json, sys
from dvc.cli import main
for words in json.loads(sys.argv[1]):
    if code := main(words):
        sys.exit(f"dvc {{' '.join(words)}}: exit code {{code}}")
    print({END!r}, flush=True)
"""


def dvc(folder: Path, home: Path, *commands: Sequence[str]) -> list[str]:
    """Return what DVC prints for each of these; raise AssertionError where one fails. `home` is that of the person."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(home), "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home)} | WHO
    command = [sys.executable, "-c", COMMANDS, json.dumps(commands)]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    return done.stdout.split(f"{END}\n")[:-1]
