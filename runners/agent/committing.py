"""The one commit of a project without DVC, made inside the closed room: a hostile tree tricks nobody but itself."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def missing(project: Path, results: Sequence[str]) -> list[str]:
    """Those results that are no file now, and no folder with one in it."""
    return [name for name in results if not _is_there(project / name)]


def _is_there(path: Path) -> bool:
    try:
        if not path.is_dir():
            return path.is_file()
    except OSError:  # a name that no file can have
        return False
    return any(not name.startswith(".") for _, _, names in os.walk(path) for name in names)


def commit(project: Path, sha: str, ref: str, message: str, results: Sequence[str]) -> int:
    """Make `ref`: on `sha` one commit of the results, whether Git ignores them or not, and of all else that changed in
    tracked files, for the bot to judge. At `sha` itself where nothing did. git's exit code where it would not."""

    def git(*argv: str) -> str:
        done = subprocess.run(("git", "-C", str(project), *argv), text=True, stdout=subprocess.PIPE, check=True)
        return done.stdout.strip()

    try:
        # The script may have moved HEAD and filled the index: begin from the baseline, keeping what git knows of files.
        git("read-tree", "--reset", sha)
        git("add", "--update", "--", ":/")
        git("--literal-pathspecs", "add", "--force", "--", *results)
        made = git("write-tree")
        if made != git("rev-parse", f"{sha}^{{tree}}"):
            sha = git("commit-tree", "-p", sha, "-m", message, made)
        git("update-ref", ref, sha)
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0
