"""A closed room for foreign code: its own processes, its own /tmp, and of the machine only what is named."""

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
# Pieces of /etc that programs need. Not the whole: where we are root, the user inside owns /etc/shadow and
# /etc/ssl/private as we do.
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
TMP = "/tmp"  # noqa: S108  # nosec B108 # of the room alone, made with it
KERNEL = (
    "sys",
    "sysrq-trigger",
    "irq",
    "bus",
    "fs",
    "acpi",
    "scsi",
    "pressure",
)  # below /proc: the machine's, not the room's
NAMESPACES = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
# A normal user inside, whoever starts it; the files it makes belong to whoever started it.
USER = ("--uid", "1000", "--gid", "1000", "--hostname", "training", "--cap-drop", "ALL")


class _Untried(Exception):
    """bubblewrap itself said nothing: what happened, as a sentence."""


@functools.cache
def obstacle() -> str:
    """What keeps a room from being made here, by the user who asks, and what helps, in sentences; empty where nothing
    does. Tried with a whole room."""
    if not seccomp.known():
        return f"There is no filter of system calls for this processor ({platform.machine()})."
    if not shutil.which("bwrap"):
        return f"bubblewrap is not there: {INSTALL}."
    try:
        said = _tried(_hardening())
    except _Untried as error:
        return str(error)
    return "" if said is None else obstacles.told(said, _setting)


def available() -> bool:
    """Whether a room can be made here."""
    return not obstacle()


def missing() -> str:
    """Why nothing is trained here, in sentences; empty where it can be."""
    why = obstacle()
    return why and f"Training can't be shut in on this machine, so nothing was trained. {why} {TRUSTED}"


@functools.cache
def _hardening() -> tuple[str, ...]:
    """No further user namespaces inside, where bubblewrap is new enough (0.8) and the kernel lets it say so."""
    try:
        return ("--disable-userns",) if _tried(("--disable-userns",)) is None else ()
    except _Untried:
        return ()


def _tried(options: tuple[str, ...]) -> str | None:
    """What bubblewrap says against a room with these options; None where it made one. Raises _Untried."""
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
    """Folders of the Python that runs this, where they are outside /usr; `read` names them when it is to run inside."""
    named = (Path(sys.prefix), Path(sys.base_prefix))
    folders = {*named, *(path.resolve() for path in named)}  # scripts name the interpreter by where it really is
    return tuple(sorted(folder for folder in folders if not folder.is_relative_to("/usr")))


def bubble(
    argv: Sequence[str], *, read: Sequence[Path], write: Sequence[Path], folder: Path, network: bool, calls: int
) -> list[str]:
    """The command that runs `argv` in `folder` inside, with the environment it is itself started with. `calls`: the
    descriptor of `seccomp.opened`, which it has to inherit.

    Start it with `env=` of its own. `--clearenv` would not do: the first process inside is bubblewrap's, and its
    /proc/1/environ keeps what bubblewrap was started with; `--setenv` would show values in the arguments outside.
    `read` and `write` are seen at their own paths and must exist. Nothing inside outlives the command or its parent.
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
    for name in KERNEL:  # who started this as root is root for the kernel's settings, whatever user it is inside
        command += ["--ro-bind-try", f"/proc/{name}", f"/proc/{name}"]
    for device in sorted(path for pattern in GPUS for path in Path("/dev").glob(pattern)):
        command += ["--dev-bind", str(device), str(device)]
    command += ["--tmpfs", TMP]
    binds = [("--ro-bind", _absolute(path)) for path in read] + [("--bind", _absolute(path)) for path in write]
    for option, path in sorted(
        binds, key=lambda bind: len(bind[1].parts)
    ):  # a bind hides what was bound below it before
        command += [option, str(path), str(path)]
    # Nothing is to be written beside what is bound: it would seem to work and be lost (a DVC remote's folder, say).
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
    """As `bubble`, with `env` and nothing else as environment, however it is started.

    The values stand in the arguments of `env -i` for a moment: no secrets here, they go the way `bubble` says.
    """
    pairs = [f"{name}={value}" for name, value in env.items()]
    command = bubble(argv, read=read, write=write, folder=folder, network=network, calls=calls)
    return ["/usr/bin/env", "-i", *pairs, *command]


def _absolute(path: Path) -> Path:
    return path.absolute()  # not resolve(): inside it is to be found where it was asked for
