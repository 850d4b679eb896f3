"""Do what git-lfs does in a work tree, for machines without it."""

import shlex
import shutil
import sys
from pathlib import Path

from sandbox import lfs
from sandbox.records import HostedRepository
from tests.world.project import git

CLEAN = """import hashlib, sys
content = sys.stdin.buffer.read()
print("version https://git-lfs.github.com/spec/v1")
print(f"oid sha256:{hashlib.sha256(content).hexdigest()}")
print(f"size {len(content)}")
"""


def install(tree: Path) -> None:
    """Let Git commit pointers for content, and check out content for pointers, as DVC itself does."""
    git(tree, "config", "filter.lfs.clean", shlex.join([sys.executable, "-c", CLEAN]))
    git(tree, "config", "filter.lfs.smudge", shlex.join([sys.executable, "-m", "scmrepo.git.lfs.smudge"]))
    git(tree, "config", "filter.lfs.required", "true")


def fetch(tree: Path, repository: HostedRepository) -> None:
    """Copy all content of a repository to where git-lfs keeps it."""
    for content in lfs.place(repository, "").glob("*"):
        oid = content.name
        kept = tree / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(content, kept)
