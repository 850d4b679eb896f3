"""Makes a closed room for foreign code: with its own processes and /tmp, and only those files that are named."""

import functools
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import obstacles, seccomp

INSTALL = "install the package `bubblewrap` (apt install bubblewrap, dnf install bubblewrap)"
TRUSTED = "`isolation: none` in the runner's entry trains without, for code that is trusted."
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# The parts of /etc that programs need. Never the whole of it: where the agent is root, the user inside may read
# /etc/shadow and /etc/ssl/private, too.
ETC = (
    "alternatives",
    "ca-certificates",
    "group",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "pki/ca-trust/extracted",
    "pki/tls/certs",
    "protocols",
    "resolv.conf",
    "services",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
)
GPUS = ("nvidia*", "dri", "kfd")  # below /dev: NVIDIA's, and those of others
TMP = "/tmp"  # noqa: S108  # nosec B108 # the room's own, made with it
KERNEL = (
    "sys",
    "sysrq-trigger",
    "irq",
    "bus",
    "fs",
    "acpi",
    "scsi",
    "pressure",
)  # below /proc: settings of the machine, not of the room
NAMESPACES = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
# Inside, the user is a normal one, whoever starts the room. Files that it makes belong to whoever started the room.
USER = ("--uid", "1000", "--gid", "1000", "--hostname", "training", "--cap-drop", "ALL")


class _Untried(Exception):
    """A room could not be tried: bubblewrap itself said nothing. Holds a sentence that says what happened."""


@functools.cache
def obstacle() -> str:
    """Return why no room can be made here by this user, and what helps, in sentences; empty where a room can be made.

    The answer comes from making a whole room once, and is kept.
    """
    if not seccomp.known():
        return f"There is no filter of system calls for this processor ({platform.machine()})."
    if not shutil.which("bwrap"):
        return f"bubblewrap is not there: {INSTALL}."
    try:
        message = _tried(()) if not _hardening() else None  # with the option, a whole room was made a moment ago
    except _Untried as error:
        return str(error)
    return "" if message is None else obstacles.explained(message, _setting)


def available() -> bool:
    """Return whether a room can be made here."""
    return not obstacle()


def missing() -> str:
    """Return why nothing can be trained here, in sentences; empty where training is possible."""
    why = obstacle()
    return why and f"Training can't be isolated on this machine, so nothing was trained. {why} {TRUSTED}"


@functools.cache
def _hardening() -> tuple[str, ...]:
    """Return the option against user namespaces inside, where bubblewrap (0.8 or newer) and the kernel allow it."""
    try:
        return ("--disable-userns",) if _tried(("--disable-userns",)) is None else ()
    except _Untried:
        return ()


def _tried(options: tuple[str, ...]) -> str | None:
    """Return what bubblewrap says against a room with these options; None where it made one. Raises _Untried."""
    with seccomp.opened() as calls:
        argv = _closed(["true"], (), (), Path("/"), False, calls, options)
        try:
            probe = subprocess.run(argv, capture_output=True, timeout=10, check=False, env={}, pass_fds=(calls,))
        except subprocess.TimeoutExpired as error:
            raise _Untried("bubblewrap did not end within 10 seconds.") from error
        except OSError as error:
            raise _Untried(f"bubblewrap could not be started: {error.strerror}.") from error
    return None if probe.returncode == 0 else probe.stderr.decode(errors="replace")


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return ""


def _bwrap() -> str:
    return shutil.which("bwrap") or "bwrap"


def interpreter() -> tuple[Path, ...]:
    """Return the folders outside of /usr that hold the Python that runs this. A room needs them in `read` to run it."""
    named = (Path(sys.prefix), Path(sys.base_prefix))
    folders = {*named, *(path.resolve() for path in named)}  # scripts name the interpreter by its real path
    return tuple(sorted(folder for folder in folders if not folder.is_relative_to("/usr")))


def bubble(
    argv: Sequence[str], *, read: Sequence[Path], write: Sequence[Path], folder: Path, network: bool, calls: int
) -> list[str]:
    """Return the command that runs `argv` in `folder` in a room, with the environment that the command is started with.

    Start it with `env=` of its own, and let it inherit `calls`, the descriptor of `seccomp.opened`. `--clearenv` would
    not help: the first process inside is bubblewrap's, and its /proc/1/environ keeps what bubblewrap was started with.
    `--setenv` would show the values in arguments outside. `read` and `write` appear at their own paths and must exist.
    Nothing inside outlives the command or its parent.
    """
    return _closed(argv, read, write, folder, network, calls, _hardening())


def _closed(
    argv: Sequence[str],
    read: Sequence[Path],
    write: Sequence[Path],
    folder: Path,
    network: bool,
    calls: int,
    options: Sequence[str],
) -> list[str]:
    command = [_bwrap(), *NAMESPACES, *USER, *options, "--new-session", "--die-with-parent"]
    command += ["--seccomp", str(calls)]
    if not network:
        command.append("--unshare-net")
    command += ["--ro-bind", "/usr", "/usr"]
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    for name in ETC:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for name in KERNEL:  # the kernel takes whoever started this as root for root, whatever user it is inside
        command += ["--ro-bind-try", f"/proc/{name}", f"/proc/{name}"]
    for device in sorted(path for pattern in GPUS for path in Path("/dev").glob(pattern)):
        command += ["--dev-bind", str(device), str(device)]
    command += ["--tmpfs", TMP]
    binds = [("--ro-bind", _absolute(path)) for path in read] + [("--bind", _absolute(path)) for path in write]
    for option, path in sorted(
        binds, key=lambda bind: len(bind[1].parts)
    ):  # bind parents first: a later bind hides those below it
        command += [option, str(path), str(path)]
    # The rest is read-only: what is written beside the binds (into a DVC remote's folder, say) would be lost.
    command += ["--remount-ro", "/"]
    return [*command, "--chdir", str(_absolute(folder)), "--", *argv]


def wrap(
    argv: Sequence[str],
    *,
    read: Sequence[Path],
    write: Sequence[Path],
    folder: Path,
    env: Mapping[str, str],
    network: bool,
    calls: int,
) -> list[str]:
    """Return `bubble`'s command with exactly `env` as its environment, however the command is started.

    The arguments of `env -i` show the values for a moment, so `env` must hold no secrets: pass those as `bubble` says.
    """
    pairs = [f"{name}={value}" for name, value in env.items()]
    command = bubble(argv, read=read, write=write, folder=folder, network=network, calls=calls)
    return ["/usr/bin/env", "-i", *pairs, *command]


def _absolute(path: Path) -> Path:
    return path.absolute()  # not resolve(): inside, it must be found at the path that was asked for
