"""Real system calls from isolated training: those that change the whole kernel are refused, those of training are
not.
"""

import json
import platform
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from runners.agent.isolation import obstacles, seccomp
from tests.attacks.machine.test_room import inside

CALLS = """
import ctypes, errno, json
libc = ctypes.CDLL(None, use_errno=True)
found = {}
for name, number, arguments in json.loads(WANTED):
    result = libc.syscall(number, *map(ctypes.c_ulong, arguments))
    found[name] = "made" if result >= 0 else errno.errorcode[ctypes.get_errno()]
print(json.dumps(found))
"""
COLUMN = seccomp.ARCHITECTURES[platform.machine()][1]


def answers(folder: Path, wanted: list[tuple[str, int, list[int]]]) -> dict[str, str]:
    """Return the kernel's answer to each call made inside: the name of an error, or that it was carried out."""
    found: dict[str, str] = json.loads(inside(folder, f"WANTED = {json.dumps(wanted)!r}\n{CALLS}"))
    return found


def test_calls_that_change_the_whole_kernel_are_refused(tmp_path: Path) -> None:
    """Their arguments request nothing: without the filter most of them return EINVAL, EFAULT or EBADF."""
    listed = [(name, numbers[COLUMN]) for name, numbers in seccomp.REFUSED.items()]
    found = answers(tmp_path, [(name, number, [0] * 6) for name, number in listed if number is not None])
    assert len(found) > 30 and set(found.values()) == {"EPERM"}, found


@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
def test_no_further_namespace_can_be_made(tmp_path: Path, flag: int) -> None:
    clone, clone3 = seccomp.CLONE[COLUMN], seccomp.CLONE3[COLUMN]
    found = answers(tmp_path, [("clone", clone, [flag | 17, 0, 0, 0, 0]), ("clone3", clone3, [0, 0])])
    assert found == {"clone": "EPERM", "clone3": "ENOSYS"}


def test_nothing_can_be_typed_into_a_terminal_and_the_host_cannot_be_called(tmp_path: Path) -> None:
    ioctl, personality, socket = seccomp.IOCTL[COLUMN], seccomp.PERSONALITY[COLUMN], seccomp.SOCKET[COLUMN]
    wanted = [
        ("type", ioctl, [0, 0x5412, 0]),
        ("type, with more bits", ioctl, [0, 0x5412 | 1 << 32, 0]),
        ("paste", ioctl, [0, 0x541C, 0]),
        ("size", ioctl, [0, 0x5413, 0]),
        ("no randomness", personality, [0x40000]),
        ("which personality", personality, [0xFFFFFFFF]),
        ("vsock", socket, [40, 1, 0]),
        ("inet", socket, [2, 1, 0]),
    ]
    found = answers(tmp_path, wanted)
    assert found.pop("size") != "EPERM"
    refused = {name for name, said in found.items() if said == "EPERM"}
    assert refused == {"type", "type, with more bits", "paste", "no randomness", "vsock"}


def program(audit: int, code: bytes) -> bytes:
    """Return a 32-bit program that holds only this code."""
    base, head = 0x10000, 52 + 32
    whole = head + len(code)
    file = b"\x7fELF\x01\x01\x01" + bytes(9)
    file += struct.pack("<HHIIIIIHHHHHH", 2, audit, 1, base + head, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    file += struct.pack("<IIIIIIII", 1, 0, base, base, whole, whole, 5, 0x1000)
    return file + code


def test_the_other_abis_of_the_kernel_are_refused(tmp_path: Path) -> None:
    """x86-64 has three. On other machines such a program does not start."""
    exits = tmp_path / "exits"
    exits.write_bytes(program(3, b"\x31\xdb\x31\xc0\x40\xcd\x80"))  # xor ebx, ebx; xor eax, eax; inc eax; int 0x80
    exits.chmod(0o755)
    run = (
        "import subprocess\ntry:\n"
        f" print(subprocess.run([{str(exits)!r}]).returncode)\nexcept OSError as error:\n print(error.errno)"
    )
    x86 = platform.machine() == "x86_64"
    assert inside(tmp_path, run).strip() == ("-31" if x86 else "8"), "ended by SIGSYS, or an exec format error"
    assert answers(tmp_path, [("x32", 0x40000000 | 39, [])]) == {"x32": "ENOSYS"}


def test_no_descriptor_of_the_filter_stays_open(tmp_path: Path) -> None:
    assert inside(tmp_path, "import os; print(sorted(os.listdir('/proc/self/fd')))").strip() == "['0', '1', '2', '3']"


@pytest.mark.parametrize(("masked", "line"), [(True, "systempaths=unconfined"), (False, "RestrictNamespaces")])
def test_where_isolation_fails_the_message_names_what_helps(tmp_path: Path, masked: bool, line: str) -> None:
    """bubblewrap's own message, where a container hides parts of /proc, and where a filter forbids namespaces."""
    argv = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    if masked:
        outer = ["bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc"]
        done = subprocess.run(
            [*outer, "--ro-bind", "/proc/sys", "/proc/sys", *argv], capture_output=True, text=True, check=False
        )
        said = done.stderr
    else:
        said = inside(
            tmp_path, f"import subprocess; print(subprocess.run({argv!r}, capture_output=True).stderr.decode())"
        )
    assert line in obstacles.explained(said, lambda _: ""), said


FORKS = """
import multiprocessing, os, sys, threading
def square(number): return number * number
if __name__ == "__main__":
    for way in ("fork", "forkserver", "spawn"):
        with multiprocessing.get_context(way).Pool(2) as pool:
            print(way, sum(pool.map(square, range(10))))
    shared = multiprocessing.get_context("fork").Array("d", 4)
    threads = [threading.Thread(target=shared.__setitem__, args=(n, n)) for n in range(4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    print("threads", sum(shared))
    import numpy
    print("numpy", float(numpy.ones((300, 300)).dot(numpy.ones((300, 300))).sum()))
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(2) as pool:
        print("pool", sum(pool.map(square, range(10))))
"""


def test_training_itself_works(tmp_path: Path) -> None:
    """Processes by each method of multiprocessing, NumPy, and a pool of the standard library."""
    (tmp_path / "train.py").write_text(FORKS)
    run = f"import os; os.execv({sys.executable!r}, [{sys.executable!r}, 'train.py'])"
    said = inside(tmp_path, run).split("\n")
    assert said[:6] == ["fork 285", "forkserver 285", "spawn 285", "threads 6.0", "numpy 27000000.0", "pool 285"]
