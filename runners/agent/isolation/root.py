"""Who may train: root only where the operator says that the code is trusted.

What runs in a room started by root is root for the owner of every file and device that is seen inside, whatever user it
is called there: it may change the modes of /dev/null, and services of the machine take it for root.
"""

from collections.abc import Mapping

PERMISSION = "AGENT_AS_ROOT"  # `yes` in the agent's environment
ADVICE = "a user of its own (`useradd --create-home studio-agent` makes one; docs/runners.md has the rest)"
REFUSED = (
    f"The agent was started as root, so nothing was trained. Its operator starts it as {ADVICE}, or puts "
    f"`{PERMISSION}=yes` into its environment where only trusted code trains."
)


def refused(user: int, environment: Mapping[str, str]) -> str:
    """Why nothing may be trained by an agent of this user, in sentences; empty where it may."""
    return REFUSED if user == 0 and environment.get(PERMISSION) != "yes" else ""
