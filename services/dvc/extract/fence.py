"""What the reading process may use and touch: limits of time and memory, its own folders, no network, no programs."""

import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CPU = 60  # seconds
MEMORY = 4 * 1024**3  # bytes of address space
FILE = 64 * 1024**2  # bytes of a file it writes

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
# Events whose first argument is a path (os.remove, os.rename … tell of writes).
OPENS = frozenset(
    ("open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.truncate")
)
# Read by the C library, Python and psutil themselves; nothing in them is a secret.
SYSTEM = ("/usr", "/lib", "/lib64", "/dev/null", "/dev/urandom", "/etc/localtime", "/etc/mime.types", "/proc/mounts")


def limit() -> None:
    """Let the kernel end this process when it takes too much."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close(folders: Sequence[Path]) -> None:
    """From now on opening anything outside `folders` and Python's own is a PermissionError, and so is reaching out.

    No foreign code runs here, but names in a tree do choose files: `vars: [/etc/x.yaml]` is DVC's to open. The hook
    holds without bubblewrap too; it can't be taken away again.
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
