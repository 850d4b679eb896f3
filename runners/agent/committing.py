"""Makes the one commit of a project without DVC, inside the closed room: a hostile tree can trick only itself."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def missing(project: Path, results: Sequence[str]) -> list[str]:
    """Return the results that are neither a file nor a folder with a file in it. Hidden files do not count."""
    return [name for name in results if not _is_there(project / name)]


def _is_there(path: Path) -> bool:
    try:
        if not path.is_dir():
            return path.is_file()
    except OSError:  # no file can have this name
        return False
    return any(not name.startswith(".") for _, _, names in os.walk(path) for name in names)


def commit(project: Path, sha: str, ref: str, message: str, results: Sequence[str]) -> int:
    """Point `ref` at one commit on `sha`: of the results, even ignored ones, and of all changes to tracked files.

    The bot judges later which changes may stay. Where nothing changed, `ref` points at `sha` itself. Returns 0, or
    git's exit code where git failed.
    """

    def git(*argv: str) -> str:
        done = subprocess.run(("git", "-C", str(project), *argv), text=True, stdout=subprocess.PIPE, check=True)
        return done.stdout.strip()

    try:
        # The script may have moved HEAD or filled the index: begin with the baseline's index, and keep the work tree.
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
