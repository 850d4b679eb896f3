"""Make a remote repository on this disk, with commits and bundles as a training machine would make them, or should
not.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from experiments.experiment import Repository

PERSON = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": "1700000000 +0000"}
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **PERSON,
    **{name.replace("AUTHOR", "COMMITTER"): value for name, value in PERSON.items()},
}
# A tree in Git's own words: path -> (mode, content); None removes the path.
Files = Mapping[str | bytes, tuple[str, bytes] | None]


@dataclass(frozen=True)
class Workbench:
    """Hold a clone to make commits in, and the bare `remote` beside it."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Workbench":
        bench = cls(folder)
        (folder / "remote.git").mkdir(parents=True)
        bench.git("init", "--quiet", "--bare", "--initial-branch=main", at="remote.git")
        (folder / "work").mkdir()
        bench.git("init", "--quiet", "--initial-branch=main")
        return bench

    @property
    def repository(self) -> Repository:
        """Return it as the bot knows it; `.git` is added to its address."""
        return Repository(id=42, full_name="ada/models", installation=7, url=f"file://{self.folder}/remote")

    def git(self, *arguments: str, at: str = "work", feed: bytes = b"") -> str:
        """Run git, and return its output without the newline at its end."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder / at, env=ENVIRONMENT, input=feed, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def commit(self, files: Files, *parents: str, message: str = "Change") -> str:
        """Return a commit with its first parent's tree and these changes. The names are not checked."""
        listing = self.git("ls-tree", "-r", "-z", parents[0]) if parents else ""
        tree: dict[bytes, bytes] = {}
        for line in filter(None, listing.encode().split(b"\0")):
            facts, _, name = line.partition(b"\t")
            tree[name] = facts
        for path, entry in files.items():
            name = path.encode() if isinstance(path, str) else path
            if entry is None:
                del tree[name]
                continue
            mode, content = entry
            kind = "commit" if mode == "160000" else "blob"
            sha = content.decode() if kind == "commit" else self.git("hash-object", "-w", "--stdin", feed=content)
            tree[name] = f"{mode} {kind} {sha}".encode()
        top = self._tree(tree)
        return self.git("commit-tree", *(f"-p{parent}" for parent in parents), "-F-", top, feed=message.encode())

    def _tree(self, entries: Mapping[bytes, bytes]) -> str:
        here: dict[bytes, bytes] = {}
        below: dict[bytes, dict[bytes, bytes]] = {}
        for name, facts in entries.items():
            folder, slash, rest = name.partition(b"/")
            if slash:
                below.setdefault(folder, {})[rest] = facts
            else:
                here[name] = facts
        for folder, inside in below.items():
            here[folder] = f"040000 tree {self._tree(inside)}".encode()
        lines = b"".join(facts + b"\t" + name + b"\0" for name, facts in here.items())
        return self.git("mktree", "-z", "--missing", feed=lines)

    def publish(self, sha: str, ref: str = "refs/heads/main") -> str:
        """Push a commit to the remote, and return it."""
        self.git("push", "--quiet", "--force", "../remote.git", f"{sha}:{ref}")
        return sha

    def remote_ref(self, ref: str) -> str:
        """Return the SHA of a ref of the remote; empty where it is absent."""
        return self.git("for-each-ref", "--format=%(objectname)", ref, at="remote.git")

    def bundle(self, *heads: tuple[str, str], without: str = "", name: str = "a.bundle") -> Path:
        """Return a bundle of refs (SHA, name), without what `without` reaches."""
        for sha, ref in heads:
            self.git("update-ref", ref, sha)
        excluded = [f"^{without}"] if without else []
        path = self.folder / name
        self.git("bundle", "create", "--quiet", str(path), *(ref for _, ref in heads), *excluded)
        return path


def text(content: str = "x\n") -> tuple[str, bytes]:
    """Return the entry of a regular file."""
    return "100644", content.encode()
