"""One run of git: no shell, no configuration but ours, no hooks, no prompts, and an end."""

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
    "core.bigFileThreshold": "32m",  # larger blobs are streamed, not held in memory
    "credential.helper": "",
    "gc.autoDetach": "false",  # nothing of ours runs on after we returned
    "gc.cruftPacks": "true",  # what no ref reaches stays in one pack, and
    "gc.pruneExpire": "never",  # stays: somebody may be about to name it, and forks' stores borrow from mirrors
    "http.followRedirects": "false",  # the token is for one address
    "http.lowSpeedLimit": "1000",  # bytes a second, for
    "http.lowSpeedTime": "60",  # seconds, and git gives up
    "protocol.version": "2",
    "submodule.recurse": "false",
    "transfer.credentialsInUrl": "die",
}
_SECRETS = re.compile(r"(?<=://)[^/@\s]+(?=@)|\b(?:gh[a-z]_|github_pat_)\w+")


class GitFailed(Exception):
    """git ended badly. Its words are kept without anything secret."""

    def __init__(self, command: str, code: int, stdout: str, stderr: str) -> None:
        super().__init__(f"git {command} ended with {code}: {' '.join(stderr[-1000:].split())}")
        self.stdout = stdout
        self.stderr = stderr


class GitTimedOut(Exception):
    """git was stopped after its time."""


class GitTooLong(GitTimedOut):
    """git was stopped since it said more than it may, which it may go on to do for ever."""


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
    """Run git in the repository (a `.git` folder) and return its output.

    `config` is handed over by the environment, where no other user of the machine reads it. `protocols` are those it
    may use to reach anything, `https:file` say. `secrets` are blotted out of messages. `feed` goes to its standard
    input; from then on it can take `memory` bytes for itself and say `most` bytes (on Linux; 0 sets no limit), since a
    few kilobytes can stand for as many gigabytes. `timeout`: seconds. Raises GitFailed and GitTimedOut.
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
        start_new_session=True,  # so that its helpers can be stopped with it
    )
    try:
        # Set before it is fed. Counts its own memory only, not the files it maps: packs may be large.
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
    """All that git and its helpers see: nothing of ours."""
    settings = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (name, value) in enumerate(config.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return settings | {
        "PATH": f"{Path(_program()).parent}{os.pathsep}{os.defpath}",
        "HOME": os.devnull,
        "LC_ALL": "C",  # remotes.py reads its words
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
