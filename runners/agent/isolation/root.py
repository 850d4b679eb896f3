"""Refuses to train as root, unless the operator says that the code is trusted.

A room that root starts has root's rights to every file and device seen inside, whatever its user is called there: it
may change the modes of /dev/null, and the machine's services take it for root.
"""

from collections.abc import Mapping

PERMISSION = "AGENT_AS_ROOT"  # `yes` in the agent's environment
ADVICE = "a user of its own (`useradd --create-home studio-agent` makes one; docs/runners.md has the rest)"
REFUSED = (
    f"The agent was started as root, so nothing was trained. Its operator starts it as {ADVICE}, or puts "
    f"`{PERMISSION}=yes` into its environment where only trusted code trains."
)


def refused(user: int, environment: Mapping[str, str]) -> str:
    """Return why an agent of this user may train nothing, in sentences; empty where it may."""
    return REFUSED if user == 0 and environment.get(PERMISSION) != "yes" else ""
