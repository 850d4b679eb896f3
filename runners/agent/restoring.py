"""Takes out of the experiment's commit what was put into the tree for training only, inside the closed room."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

SUBMODULE = "160000"


def restore(tree: Path, index: Path, sha: str, ref: str, contents: Mapping[str, str]) -> None:
    """Rewrite `ref` so that submodules and Git LFS pointers are in it as in `sha`.

    It is rewritten where it is one commit on `sha` that lost submodules, or that still has the
    content which was put in place of pointers. `contents`: path -> SHA-1 of the content that was put there.
    """

    def git(*argv: str, feed: bytes = b"") -> bytes:
        env = {**os.environ, "GIT_INDEX_FILE": str(index), "GIT_LITERAL_PATHSPECS": "1"}
        done = subprocess.run(("git", "-C", str(tree), *argv), input=feed, env=env, stdout=subprocess.PIPE, check=True)
        return done.stdout

    def entries(commit: str) -> Iterator[tuple[str, tuple[str, str]]]:
        for line in git("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, _, blob = facts.decode().split()
            yield os.fsdecode(path), (mode, blob)

    try:
        tip = git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip()
        if git("rev-list", "--parents", "--max-count=1", tip).decode().split()[1:] != [sha]:
            return
        before, after = dict(entries(sha)), dict(entries(tip))
        folders = {parent for path in after for parent in map(str, Path(path).parents)}
        back = {
            path: kept
            for path, kept in before.items()
            if (kept[0] == SUBMODULE and path not in after and path not in folders)
            or (path in contents and after.get(path, ("", ""))[1] == contents[path] != kept[1])
        }
        if not back:
            return
        git("read-tree", tip)
        listing = b"".join(
            f"{mode} {blob}\t".encode() + os.fsencode(path) + b"\0" for path, (mode, blob) in back.items()
        )
        git("update-index", "-z", "--index-info", feed=listing)
        made = git("write-tree").decode().strip()
        if made == git("rev-parse", f"{sha}^{{tree}}").decode().strip():
            git("update-ref", ref, sha)
            return
        words = git("log", "-1", "--format=%B", tip)
        git("update-ref", ref, git("commit-tree", "-p", sha, made, feed=words).decode().strip())
    except subprocess.CalledProcessError:
        return  # there is no such ref, for instance; packing reports that
