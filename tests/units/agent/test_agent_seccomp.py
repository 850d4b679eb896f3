"""The filter of system calls, run by an interpreter of its own: each call gets the answer that was meant."""

import platform

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.agent.isolation import seccomp
from runners.agent.isolation.seccomp import ALLOW, ARCHITECTURES, KILL, NOT_PERMITTED, UNKNOWN

MACHINES = sorted(ARCHITECTURES)
WORD = 0xFFFFFFFF
# The calls that training needs: read, write, openat, mmap, execve, wait4, futex, getdents64, shmget, mbind, ptrace,
# pidfd_getfd.
USUAL = {
    "x86_64": (0, 1, 257, 9, 59, 61, 202, 217, 29, 237, 101, 438),
    "aarch64": (63, 64, 56, 222, 221, 260, 98, 61, 194, 235, 117, 438),
}


def answer(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """Return what the kernel's interpreter of such programs would return."""
    audit = ARCHITECTURES[machine][0] if architecture is None else architecture
    data = number.to_bytes(4, "little") + audit.to_bytes(4, "little") + bytes(8)
    data += b"".join(each.to_bytes(8, "little") for each in (*arguments, *[0] * 6)[:6])
    steps, at, loaded = seccomp.instructions(machine), 0, 0
    while True:
        code, then, other, value = steps[at]
        at += 1
        if code == seccomp.END:
            return value
        if code == seccomp.LOAD:
            loaded = int.from_bytes(data[value : value + 4], "little")
            continue
        holds = {seccomp.IS: loaded == value, seccomp.AT_LEAST: loaded >= value, seccomp.HAS: bool(loaded & value)}
        at += then if holds[code] else other


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_training_needs_are_allowed(machine: str) -> None:
    assert {answer(machine, number) for number in USUAL[machine]} == {ALLOW}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", seccomp.REFUSED)
def test_calls_that_change_the_whole_kernel_are_refused(machine: str, name: str) -> None:
    number = seccomp.REFUSED[name][ARCHITECTURES[machine][1]]
    assert number is None or answer(machine, number, WORD) == NOT_PERMITTED


@pytest.mark.parametrize("machine", MACHINES)
@given(number=st.integers(0, seccomp.X32 - 1), arguments=st.lists(st.integers(0, (1 << 64) - 1), max_size=6))
def test_nothing_else_is_refused(machine: str, number: int, arguments: list[int]) -> None:
    column = ARCHITECTURES[machine][1]
    closely = (seccomp.CLONE, seccomp.CLONE3, seccomp.IOCTL, seccomp.PERSONALITY, seccomp.SOCKET)
    listed = {each[column] for each in (*seccomp.REFUSED.values(), *closely)}
    assert number in listed or answer(machine, number, *arguments) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_processes_and_threads_can_be_made_and_namespaces_cannot(machine: str) -> None:
    clone = seccomp.CLONE[ARCHITECTURES[machine][1]]
    fork, thread = 0x1200011, 0x3D0F00  # as the C library asks for them
    assert answer(machine, clone, fork) == answer(machine, clone, thread) == ALLOW
    for bit in (17, 25, 26, 27, 28, 29, 30):
        assert answer(machine, clone, fork | 1 << bit) == NOT_PERMITTED
        assert answer(machine, clone, fork | 1 << bit | 1 << 40) == NOT_PERMITTED, "the kernel looks at 32 bits"
    assert answer(machine, 435) == UNKNOWN, "so that the C library takes clone"


@pytest.mark.parametrize("machine", MACHINES)
def test_arguments_are_compared_as_the_kernel_compares_them(machine: str) -> None:
    column = ARCHITECTURES[machine][1]
    ioctl, personality, socket = (each[column] for each in (seccomp.IOCTL, seccomp.PERSONALITY, seccomp.SOCKET))
    for command in seccomp.TERMINAL:
        assert answer(machine, ioctl, 0, command) == NOT_PERMITTED
        assert answer(machine, ioctl, 0, command | 1 << 32) == NOT_PERMITTED
    assert answer(machine, ioctl, 0x5412, 0x5401) == ALLOW, "another command, whatever the descriptor"
    assert answer(machine, personality, WORD) == answer(machine, personality, 0) == ALLOW
    assert answer(machine, personality, 0x0040000) == NOT_PERMITTED
    assert answer(machine, socket, seccomp.VSOCK) == NOT_PERMITTED
    assert {answer(machine, socket, family) for family in (1, 2, 10, 16)} == {ALLOW}


def test_other_abis_of_the_same_kernel_are_refused() -> None:
    for machine in MACHINES:
        for audit in (0x40000003, 0x40000028, 0xC0000015, 0):  # i386, ARM, PowerPC
            assert answer(machine, 1, architecture=audit) == KILL
    assert answer("x86_64", seccomp.X32 | 1) == UNKNOWN


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_is_one_that_the_kernel_accepts(machine: str) -> None:
    """Check the kernel's limits: at most 4096 instructions, and every jump goes forward and stays inside."""
    steps = seccomp.instructions(machine)
    assert len(steps) <= 4096 and len(seccomp.program(machine)) == 8 * len(steps)
    for at, (_, then, other, _) in enumerate(steps):
        assert (max(then, other) <= 255 and at + 1 + max(then, other) < len(steps)) or not max(then, other)


def test_the_filter_can_be_read_from_a_descriptor() -> None:
    with seccomp.opened() as descriptor, open(descriptor, "rb", closefd=False) as file:
        assert file.read() == seccomp.program(platform.machine())
    assert seccomp.known()
