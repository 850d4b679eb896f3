"""Runs one git command: no shell, no configuration but ours, no hooks, no prompts, and a time limit."""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CONFIG = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.symlinks": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.bigFileThreshold": "32m",  # larger blobs are streamed instead of held in memory
    "credential.helper": "",
    "gc.autoDetach": "false",  # nothing of ours runs on after we returned
    "gc.cruftPacks": "true",  # objects that no ref reaches stay in one pack, and
    "gc.pruneExpire": "never",  # they stay: somebody may be about to name one, and forks' stores borrow from mirrors
    "http.followRedirects": "false",  # the token is for one address
    "http.lowSpeedLimit": "1000",  # bytes a second; git gives up below that for
    "http.lowSpeedTime": "60",  # this many seconds
    "protocol.version": "2",
    "submodule.recurse": "false",
    "transfer.credentialsInUrl": "die",
}
_SECRETS = re.compile(r"(?<=://)[^/@\s]+(?=@)|\b(?:gh[a-z]_|github_pat_)\w+")


class GitFailed(Exception):
    """git ended with an error. Its output is kept without secrets."""

    def __init__(self, command: str, code: int, stdout: str, stderr: str) -> None:
        super().__init__(f"git {command} ended with {code}: {' '.join(stderr[-1000:].split())}")
        self.stdout = stdout
        self.stderr = stderr


class GitTimedOut(Exception):
    """git reached its time limit and was stopped."""


class GitTooLong(GitTimedOut):
    """git printed more than it may and was stopped: it might never have ended."""


def git(
    folder: Path,
    *arguments: str | Path,
    config: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    protocols: str = "",
    secrets: Sequence[str] = (),
    feed: bytes | None = None,
    memory: int = 0,
    most: int = 0,
    timeout: float = 60.0,
) -> bytes:
    """Run git in a repository (a `.git` folder) and return its output.

    `config` is passed by the environment, which no other user of the machine can read. `protocols` names what git may
    use to reach anything, for instance `https:file`. `secrets` are removed from messages. `feed` goes to standard
    input. `memory` and `most` limit the bytes that git may take and print (0 sets no limit; Linux only): a few
    kilobytes can stand for as many gigabytes. `timeout` is in seconds. Raises GitFailed, and GitTimedOut or its kind
    GitTooLong.
    """
    command = str(arguments[0])
    environment = _environment(CONFIG | dict(config or {}), protocols) | dict(variables or {})
    said = tempfile.TemporaryFile() if most else None  # noqa: SIM115 - closed below; a pipe has no limit
    process = subprocess.Popen(
        [_program(), f"--git-dir={folder}", *map(str, arguments)],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
        stdout=said or subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # so that git's helpers are stopped with it
    )
    try:
        # Set before git is fed. Only its own memory counts, not the files that it maps: packs may be large.
        for limit, kind in ((memory, resource.RLIMIT_DATA), (most, resource.RLIMIT_FSIZE)):
            if limit and sys.platform == "linux":
                resource.prlimit(process.pid, kind, (limit, limit))
        stdout, stderr = process.communicate(feed, timeout=timeout)
        if said:
            said.seek(0)
            stdout = said.read()
    except subprocess.TimeoutExpired:
        raise GitTimedOut(f"git {command} was stopped after {timeout:g} seconds") from None
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        if said:
            said.close()
    if process.returncode == -signal.SIGXFSZ:
        raise GitTooLong(f"git {command} said more than {most:,} bytes")
    if process.returncode:
        words = (_scrubbed(output.decode(errors="replace"), secrets) for output in (stdout, stderr))
        raise GitFailed(command, process.returncode, *words)
    return stdout


def _program() -> str:
    program = shutil.which("git")
    if program is None:
        raise FileNotFoundError("git is not installed, or not on PATH")
    return program


def _environment(config: Mapping[str, str], protocols: str) -> dict[str, str]:
    """Return the environment of git and its helpers: nothing of the bot's own."""
    settings = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (name, value) in enumerate(config.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return settings | {
        "PATH": f"{Path(_program()).parent}{os.pathsep}{os.defpath}",
        "HOME": os.devnull,
        "LC_ALL": "C",  # remote.py reads its messages
        "GIT_ALLOW_PROTOCOL": protocols or "none",
        "GIT_ASKPASS": "true",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _scrubbed(text: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return _SECRETS.sub("***", text)
