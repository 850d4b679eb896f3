"""Limits what the reading process may use: time, memory, its own folders, no network, and no other programs."""

import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CPU = 60  # seconds
MEMORY = 4 * 1024**3  # bytes of address space
FILE = 64 * 1024**2  # bytes of a file that it writes

REACHES_OUT = frozenset(
    (
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
        "os.forkpty",
    )
)
# Events whose first argument is a path. os.remove, os.rename and others are writes.
OPENS = frozenset(
    ("open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.truncate")
)
# The C library, Python and psutil read these; they hold no secrets.
SYSTEM = ("/usr", "/lib", "/lib64", "/dev/null", "/dev/urandom", "/etc/localtime", "/etc/mime.types", "/proc/mounts")


def limit() -> None:
    """Have the kernel end this process when it uses too much time or memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close(folders: Sequence[Path]) -> None:
    """Forbid this process to open anything outside of `folders` and Python's own, or to reach out: PermissionError.

    No foreign code runs here, but names in a tree choose files: for `vars: [/etc/x.yaml]` DVC opens that file. The
    audit hook works without bubblewrap, too, and cannot be removed.
    """
    roots = [os.path.realpath(str(folder)) for folder in (*folders, sys.prefix, sys.base_prefix, *SYSTEM)]

    def inside(path: str) -> bool:
        real = os.path.realpath(path)
        return any(real == root or real.startswith(root + "/") for root in roots)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in REACHES_OUT:
            raise PermissionError(f"{event} is not for reading a commit")
        if event in OPENS and not isinstance(args[0], int):
            path: str = os.fsdecode(args[0]) if args[0] is not None else "."
            if not inside(path):
                raise PermissionError(f"{path} is outside the repository")

    sys.addaudithook(hook)
