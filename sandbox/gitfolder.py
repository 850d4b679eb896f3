"""The bare Git folder of a repository: its commits, its branches, and the rules for pushes."""

import os
import re
import subprocess
import threading
from functools import cache, lru_cache
from pathlib import Path

from sandbox import refs as ref_files
from sandbox.records import HostedRepository, Pull
from sandbox.state import Missing, State

# Runs for each ref of a push. SANDBOX_WORKFLOWS is "no" for an App without that permission; git_http.py sets it.
UPDATE_HOOK = """#!/bin/sh
ref=$1 old=$2 new=$3
case $ref in refs/heads/*) ;; *) exit 0 ;; esac
zero=0000000000000000000000000000000000000000
if git config --get-all sandbox.protected | grep -Fxq -e "${ref#refs/heads/}"; then
    echo "error: GH006: Protected branch update failed for $ref." >&2
    echo "error: Changes must be made through a pull request." >&2
    exit 1
fi
if [ "$(git config --bool sandbox.fastForwardOnly)" = true ] && [ "$old" != $zero ]; then
    if [ "$new" = $zero ] || ! git merge-base --is-ancestor "$old" "$new"; then
        echo "error: GH013: Repository rule violations found for $ref." >&2
        echo "- Cannot force-push to this branch" >&2
        exit 1
    fi
fi
if git config --get-all sandbox.signed | grep -Fxq -e "${ref#refs/heads/}"; then
    for commit in $(git rev-list "$new" --not --branches); do
        if ! git config --get-all sandbox.signature | grep -Fxq -e "$commit"; then
            echo "error: GH013: Repository rule violations found for $ref." >&2
            echo "- Commits must have verified signatures." >&2
            exit 1
        fi
    done
fi
if [ "$SANDBOX_WORKFLOWS" = no ] && [ "$new" != $zero ]; then
    changed=$(git log --format= --name-only "$new" --not --all -- .github/workflows | head -n 1)
    if [ -n "$changed" ]; then
        echo "refusing to allow a GitHub App to create or update workflow" >&2
        echo "\\`$changed\\` without \\`workflows\\` permission" >&2
        exit 1
    fi
fi
exit 0
"""
LARGEST_COMPARED = "core.bigFileThreshold=2m"  # larger files count as binary and are not held in memory
KEPT = 10_000  # facts of commits, which never change
KEPT_LOGS = 200
SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PATIENCE = 10.0  # seconds to count the lines of a change; GitHub gives up on some, too
SETTINGS = {
    "http.receivepack": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "receive.hideRefs": "refs/pull",
    "receive.autogc": "false",
}


def environment() -> dict[str, str]:
    """Return the variables of every git process here: our settings, nobody's configuration, no prompts."""
    settings = {"GIT_CONFIG_COUNT": str(len(SETTINGS))}
    for number, (name, value) in enumerate(SETTINGS.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **inherited,
        **settings,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_DEFAULT_REF_FORMAT": "files",  # refs.py reads them
        "LC_ALL": "C",
    }


def git(folder: Path, *arguments: str, patience: float | None = None) -> str:
    """Return the output of git in a bare folder, without the last newline. Raises subprocess.CalledProcessError.

    Raises subprocess.TimeoutExpired after `patience` seconds, where given.
    """
    command = ["git", "--git-dir", str(folder), *arguments]
    done = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True, timeout=patience)
    return done.stdout.rstrip("\n")


@lru_cache(maxsize=KEPT_LOGS)
def log(folder: Path, *arguments: str) -> str:
    """Return what `git log` says of commits that are named by SHAs, and so always says of them."""
    return git(folder, "log", *arguments, "--")


def create(folder: Path, branch: str, source: Path | None = None) -> None:
    """Make a bare repository, or use an existing one. A fork copies `source`."""
    if not (folder / "HEAD").exists():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet", "--bare", f"--initial-branch={branch}", str(folder))
        if source is not None:
            git(folder, "fetch", "--quiet", str(source), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    hook = folder / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(UPDATE_HOOK)
    hook.chmod(0o755)


def protect(repository: HostedRepository, branch: str) -> None:
    """Decline pushes to this branch."""
    git(repository.folder, "config", "--add", "sandbox.protected", branch)


def refuse_force_pushes(repository: HostedRepository) -> None:
    """Let branches only move forward."""
    git(repository.folder, "config", "sandbox.fastForwardOnly", "true")


def sha_of(repository: HostedRepository, revision: str) -> str:
    """Return the SHA of the commit that a ref or SHA names. Raises Missing."""
    known = ref_files.one(repository.folder, revision) if revision.startswith("refs/") else revision
    try:
        if known and SHA.fullmatch(known):
            return _commit(repository.folder, known)
        return _asked(repository.folder, revision)
    except subprocess.CalledProcessError as error:
        raise Missing(f"no commit {revision} in {repository.full_name}") from error


@lru_cache(maxsize=KEPT)  # of an object that is there: what it is never changes
def _commit(folder: Path, sha: str) -> str:
    return _asked(folder, sha)


def _asked(folder: Path, revision: str) -> str:
    return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def refs(repository: HostedRepository) -> dict[str, str]:
    """Return every ref (`refs/heads/main`) with its SHA."""
    return ref_files.every(repository.folder)


def pull_head(state: State, pull: Pull) -> str:
    """Return the SHA of the head: where its branch is, or was when it was closed or the branch was deleted.

    As on GitHub, the base repository keeps it as `refs/pull/N/head`, so that it outlives branch and fork.
    """
    base, head = state.repositories[pull.repository], state.repositories[pull.head_repository]
    kept, branch = f"refs/pull/{pull.number}/head", f"refs/heads/{pull.head_ref}"
    now = ref_files.one(head.folder, branch) if pull.state == "open" else None
    if now is None:
        return sha_of(base, kept)
    if ref_files.one(base.folder, kept) == now:
        return now
    if base.id == head.id:
        git(base.folder, "update-ref", kept, now)
    else:
        git(base.folder, "fetch", "--quiet", "--no-tags", str(head.folder), f"+{branch}:{kept}")
    return now


def pull_base(state: State, pull: Pull) -> str:
    """Return the SHA of the base branch as it is now."""
    base, ref = state.repositories[pull.repository], f"refs/heads/{pull.base_ref}"
    return ref_files.one(base.folder, ref) or sha_of(base, ref)


_counting = threading.Lock()


def size_of_change(folder: Path, base: str, head: str, patience: float = PATIENCE) -> tuple[int, int, int, int]:
    """Return commits, changed files, additions and deletions since `head` left `base`; both are SHAs.

    The last three are 0 where counting takes longer than `patience` seconds.
    """
    with _counting:  # requests during a count wait for it, so that it is done once
        return _size_of_change(folder, base, head, patience)


@cache
def _size_of_change(folder: Path, base: str, head: str, patience: float) -> tuple[int, int, int, int]:
    commits = git(folder, "rev-list", "--count", f"{base}..{head}")
    # Only exact renames count: a search for similar files would read them whole, however large they are.
    count = ["-c", LARGEST_COMPARED, "diff", "--shortstat", "--find-renames=100%", f"{base}...{head}"]
    try:
        stat = git(folder, *count, patience=patience)
    except subprocess.TimeoutExpired:
        stat = ""
    counts = {kind: int(number) for number, kind in re.findall(r"(\d+) (file|insertion|deletion)", stat)}
    return int(commits), counts.get("file", 0), counts.get("insertion", 0), counts.get("deletion", 0)


def is_ancestor(repository: HostedRepository, older: str, newer: str) -> bool:
    """Return whether a branch at `older` would move forward to `newer`; both are SHAs."""
    return _is_ancestor(repository.folder, older, newer)


@lru_cache(maxsize=KEPT)
def _is_ancestor(folder: Path, older: str, newer: str) -> bool:
    return git(folder, "rev-list", "-n1", older, f"^{newer}", "--") == ""
