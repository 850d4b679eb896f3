"""Checks an experiment's commit out for a push: the baseline's tree with the experiment's dvc.lock files.

The half of this module that begins with `main` runs inside the closed room: a bundle is foreign bytes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from .. import env_vars
from ..isolation import bubblewrap
from ..isolation.command_runner import CommandRunner, Output
from ..output.log import tail
from ..tree import MINE, NO_UPKEEP

CHECKING_OUT = 1800.0  # seconds
NO_COMMIT, NO_BASELINE = 3, 4  # exit codes of the half that runs inside
RESULT = "refs/heads/result"
STRICT = ("-c", "fetch.fsckObjects=true", "-c", "transfer.fsckObjects=true")


@dataclass(frozen=True)
class CheckOut:
    """What is to be checked out. Texts only: it is handed into the room as JSON."""

    sha: str
    baseline: str  # the commit whose hashes were there before the run
    mirror: str  # address of the kept mirror, which has `sha`
    ref: str  # of the experiment in the bundle
    bundle: str  # path of the bundle; empty: `sha` is the experiment itself


def check_out_baseline(
    commands: CommandRunner, asked: CheckOut, folder: Path, read: tuple[Path, ...]
) -> tuple[str, bool]:
    """Fetch the commit into the empty folder `tree` below `folder`, and check its baseline out there.

    Return why the commit could not be fetched, empty where it could; and whether the baseline is there. `read`: what
    the room may read. Raises Stopped when the run is stopped meanwhile.
    """
    code, said = _inside(commands, "baseline", asked, folder, read)
    return ("" if code in (0, NO_BASELINE) else said), code == 0


def check_out_locks(commands: CommandRunner, asked: CheckOut, folder: Path, read: tuple[Path, ...]) -> str:
    """Check the commit out, and those dvc.lock files that the bundle's commit changed. Return why that failed.

    Call it after `check_out_baseline`. Raises Stopped when the run is stopped meanwhile.
    """
    code, said = _inside(commands, "locks", asked, folder, read)
    return said if code else ""


def _inside(
    commands: CommandRunner, step: str, asked: CheckOut, folder: Path, read: tuple[Path, ...]
) -> tuple[int, str]:
    """Run one step in one closed room without network; return its exit code and git's last words."""
    program, output = Path(__file__).parents[1], Output()
    env = {"PATH": env_vars.PATH, "LANG": "C.UTF-8", "HOME": str(folder), **env_vars.GIT}
    env["GIT_LITERAL_PATHSPECS"] = "1"  # a folder may be called `:(glob)**`
    outcome = commands.run(
        (sys.executable, "-I", "-B", str(program), "--check-out", step, json.dumps(asdict(asked))),
        env=env,
        folder=folder / "tree",
        sink=output,
        seconds=CHECKING_OUT,
        read=(*bubblewrap.interpreter(), program, *read),
        write=(folder,),
    )
    return outcome.code, tail(output.text, 3) or "it took too long"


def main() -> int:
    """Check out what the arguments `--check-out STEP JSON` of this process say, inside the room."""
    step, asked = sys.argv[2], json.loads(sys.argv[3])
    return _baseline(asked) if step == "baseline" else _locks(asked)


def _baseline(asked: Mapping[str, str]) -> int:
    mine = f"{MINE}{asked['sha']}"
    fetch = (*NO_UPKEEP, "fetch", "--quiet", "--depth=2", "--no-tags", "--", asked["mirror"], mine)
    if _git("init", "--quiet", "--template=") or _git(*fetch):
        return NO_COMMIT
    return NO_BASELINE if _git("checkout", "--quiet", "--detach", asked["baseline"]) else 0


def _locks(asked: Mapping[str, str]) -> int:
    sha = asked["sha"]
    if code := _git("checkout", "--quiet", "--detach", sha):
        return code
    if not asked["bundle"]:
        return 0
    fetch = (*NO_UPKEEP, *STRICT, "fetch", "--quiet", "--no-tags", "--", asked["bundle"], f"{asked['ref']}:{RESULT}")
    if code := _git(*fetch):
        return code
    changed = ("git", "diff", "--name-only", "--no-renames", "--diff-filter=AM", "-z", sha, RESULT)
    found = subprocess.run(changed, stdout=subprocess.PIPE, check=False)
    paths = map(os.fsdecode, found.stdout.split(b"\0"))
    locks = [path for path in paths if PurePosixPath(path).name == "dvc.lock"]
    if found.returncode or not locks:
        return found.returncode
    return _git("checkout", "--quiet", RESULT, "--", *locks)


def _git(*argv: str) -> int:
    return subprocess.run(("git", *argv), check=False).returncode
