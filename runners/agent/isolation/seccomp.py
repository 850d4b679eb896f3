"""The filter of system calls for rooms, which bubblewrap gives to the kernel, for x86-64 and AArch64.

It lists what is refused, so that whatever people train with works as it does outside. Refused are calls that reach the
whole kernel instead of the room: keys, programs in the kernel, kernel modules, mounts, further namespaces, and what had
holes again and again. The numbers come from linux/arch/x86/entry/syscalls/syscall_64.tbl and from
linux/include/uapi/asm-generic/unistd.h.
"""

import os
import platform
import struct
from collections.abc import Iterator
from contextlib import contextmanager

# name -> number on x86-64 and on AArch64; None: that machine has no such call
REFUSED: dict[str, tuple[int, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "pivot_root": (155, 41),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
# Calls whose arguments are checked; the numbers are in the same order.
CLONE, CLONE3, IOCTL, PERSONALITY, SOCKET = (56, 220), (435, 435), (16, 29), (135, 92), (41, 198)
NAMESPACES = 0x7E020000  # CLONE_NEWNS, …CGROUP, …UTS, …IPC, …USER, …PID, …NET of linux/sched.h
TERMINAL = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX type and paste into a terminal
PERSONALITIES = (0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)  # Linux as it is, with 32 bits, called 2.6; only asked
VSOCK = 40  # AF_VSOCK reaches the machine's host, even from a room without network
X32 = 0x40000000  # a number with this bit belongs to the kernel's x32 ABI
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # AUDIT_ARCH_… of linux/audit.h, column above

NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24  # of struct seccomp_data; of arguments the lower 32 bits
LOAD, IS, AT_LEAST, HAS, END = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF_LD|W|ABS, JEQ, JGE, JSET, RET
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000  # SECCOMP_RET_…
NOT_PERMITTED, UNKNOWN = ERROR | 1, ERROR | 38  # EPERM, ENOSYS

Instruction = tuple[int, int, int, int]  # code, steps to skip if true, steps to skip if false, value


def instructions(machine: str) -> list[Instruction]:
    """Return the filter's instructions for a machine as `uname -m` names it. Raises KeyError for an unknown machine."""
    architecture, column = ARCHITECTURES[machine]
    made: list[Instruction] = [(LOAD, 0, 0, ARCHITECTURE), *_unless(IS, architecture, KILL), (LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":
        made += _if(AT_LEAST, X32, UNKNOWN)
    # clone3's flags are behind a pointer, where a filter cannot see them. The C library then falls back to clone.
    made += _if(IS, CLONE3[column], UNKNOWN)
    for numbers in REFUSED.values():
        number = numbers[column]
        if number is not None:
            made += _if(IS, number, NOT_PERMITTED)
    made += _for(CLONE[column], FIRST, _if(HAS, NAMESPACES, NOT_PERMITTED))
    made += _for(IOCTL[column], SECOND, [each for value in TERMINAL for each in _if(IS, value, NOT_PERMITTED)])
    made += _for(SOCKET[column], FIRST, _if(IS, VSOCK, NOT_PERMITTED))
    known = [each for value in PERSONALITIES for each in _if(IS, value, ALLOW)]
    made += _for(PERSONALITY[column], FIRST, [*known, (END, 0, 0, NOT_PERMITTED)])
    return [*made, (END, 0, 0, ALLOW)]


def program(machine: str) -> bytes:
    """Return the filter as the kernel takes it: an array of struct sock_filter."""
    return b"".join(struct.pack("<HBBI", *each) for each in instructions(machine))


def known() -> bool:
    """Return whether there is a filter for this machine."""
    return platform.machine() in ARCHITECTURES


@contextmanager
def opened() -> Iterator[int]:
    """Give a descriptor from which this machine's filter can be read once."""
    descriptor = os.memfd_create("filter")
    try:
        os.write(descriptor, program(platform.machine()))
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _if(test: int, value: int, end: int) -> list[Instruction]:
    return [(test, 0, 1, value), (END, 0, 0, end)]


def _unless(test: int, value: int, end: int) -> list[Instruction]:
    return [(test, 1, 0, value), (END, 0, 0, end)]


def _for(number: int, argument: int, tests: list[Instruction]) -> list[Instruction]:
    """Return tests of one argument that apply to this system call only.

    They end the filter: the argument is loaded now.
    """
    inner = [(LOAD, 0, 0, argument), *tests, (END, 0, 0, ALLOW)]
    return [(IS, 0, len(inner), number), *inner]
