"""What stops bubblewrap: its own message, and the line that helps."""

from pathlib import Path

import pytest

from runners.agent.isolation import bubblewrap
from runners.agent.isolation.obstacles import explained

CASES = [
    ("bwrap: setting up uid map: Permission denied\n", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted\n", "a profile that allows `userns`"),
    (
        "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user "
        "namespaces. See <https://deb.li/bubblewrap> or <file:///usr/share/doc/bubblewrap/README.Debian.gz>.\n",
        "`RestrictNamespaces=`",
    ),
    (
        "bwrap: No permissions to creating new namespace, likely because the kernel does not allow non-privileged user "
        "namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.\n",
        "`--security-opt seccomp=unconfined --security-opt systempaths=unconfined`",
    ),
    (
        "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)\n",
        "`sysctl -w user.max_user_namespaces=10000`",
    ),
    ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted\n", "systempaths=unconfined"),
    ("bwrap: Failed to make / slave: Permission denied\n", "apparmor=unconfined"),
    ("bwrap: Unknown option --disable-userns\n", "newer one"),
    ("bwrap: prctl(PR_SET_SECCOMP): Invalid argument\n", "CONFIG_SECCOMP_FILTER"),
]


@pytest.mark.parametrize(("message", "line"), CASES)
def test_each_obstacle_names_what_helps(message: str, line: str) -> None:
    sentences = explained(message, lambda _: "1")
    assert line in sentences
    assert message.strip()[:60] in sentences, "and bubblewrap's own words"


def test_a_kernel_that_reserves_namespaces_for_root_is_distinguished_from_a_container() -> None:
    sentences = explained(CASES[2][0], {"kernel/unprivileged_userns_clone": "0"}.__getitem__)
    assert "`sysctl -w kernel.unprivileged_userns_clone=1`" in sentences and "RestrictNamespaces" not in sentences


def test_apparmor_is_named_only_where_the_kernel_enforces_it() -> None:
    sentences = explained(CASES[0][0], lambda _: "0")
    assert "AppArmor" not in sentences and CASES[0][0].strip() in sentences


def test_where_bubblewrap_printed_nothing_it_is_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bwrap").write_bytes(b"\0")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    bubblewrap._hardening.cache_clear()
    try:
        assert bubblewrap.obstacle.__wrapped__() == "bubblewrap could not be started: Exec format error."
    finally:
        bubblewrap._hardening.cache_clear()


@pytest.mark.parametrize(
    ("message", "shown"),
    [("", "bubblewrap did not say why."), ("x\x1b[31m`y`\n\n", "bubblewrap says `x?[31m'y'`."), ("z" * 999, "z" * 200)],
)
def test_an_unforeseen_message_is_shown_as_it_is(message: str, shown: str) -> None:
    assert shown in explained(message, lambda _: "") and len(explained(message, lambda _: "")) < 250
