"""Says why bubblewrap cannot make a room, and what helps, from what bubblewrap printed."""

import re
from collections.abc import Callable

SHOWN = 200  # characters of a message that matches none of the known ones
_APPARMOR = (
    "AppArmor keeps it from making user namespaces, as on Ubuntu 23.10 and newer: type `sysctl -w "
    "kernel.apparmor_restrict_unprivileged_userns=0` as root, or give /usr/bin/bwrap a profile that allows `userns`"
)
_DEBIAN = "This kernel leaves user namespaces to root: type `sysctl -w kernel.unprivileged_userns_clone=1` as root"
_FORBIDDEN = (
    "It may not make user namespaces. In a container: start that with `--security-opt seccomp=unconfined "
    "--security-opt systempaths=unconfined`. In a systemd unit: take `RestrictNamespaces=` out of it"
)
_COUNTED = "No more user namespaces may be made: type `sysctl -w user.max_user_namespaces=10000` as root"
_MASKED = (
    "The container hides parts of /proc, so no other one may be mounted: start it with `--security-opt "
    "systempaths=unconfined` (Podman: `--security-opt unmask=ALL`, Kubernetes: `procMount: Unmasked`)"
)
_MOUNTS = (
    "It may not mount anything. In a container: start that with `--security-opt apparmor=unconfined`. In a systemd "
    "unit: take `@mount` out of `SystemCallFilter=`"
)
_OLD = "This bubblewrap does not know an option that is needed: install a newer one"
_FILTER = "The kernel takes no filter of system calls: one with CONFIG_SECCOMP_FILTER is needed"
_KNOWN = (
    (r"setting up [ug]id map|loopback: Failed", _APPARMOR),
    (r"No permissions to creat|Creating new namespace failed: Operation not permitted", _FORBIDDEN),
    (r"ENOSPC|Creating new namespace failed: No space", _COUNTED),
    (r"Can't mount proc", _MASKED),
    (r"Failed to make / slave|Failed to mount tmpfs|Can't (?:bind )?mount|pivot_root", _MOUNTS),
    (r"[Uu]nknown option", _OLD),
    (r"PR_SET_SECCOMP|PR_SET_NO_NEW_PRIVS", _FILTER),
)


def explained(message: str, setting: Callable[[str], str]) -> str:
    """Return in sentences what bubblewrap said and what helps against it.

    `setting` reads a kernel setting by its path below /proc/sys; it returns an empty string where there is none.
    """
    line = next((each for each in reversed(message.splitlines()) if each.strip()), "")
    plain = "".join(each if each.isprintable() else "?" for each in line).replace("`", "'").strip()[:SHOWN]
    why = next((help for pattern, help in _KNOWN if re.search(pattern, line)), "")
    if why == _APPARMOR and setting("kernel/apparmor_restrict_unprivileged_userns") != "1":
        why = _FORBIDDEN
    if why == _FORBIDDEN and setting("kernel/unprivileged_userns_clone") == "0":
        why = _DEBIAN
    words = f"bubblewrap says `{plain}`." if plain else "bubblewrap did not say why."
    return f"{why}. {words}" if why else words
