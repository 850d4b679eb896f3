"""That the head is what somebody saw who typed a command: nothing was pushed moments before, or since."""

from collections.abc import Sequence

from bot.errors import TryLater, UserError
from bot.ports.git_host import Push
from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import PullRef
from reports.messages import general

NEAR = 10  # seconds before a comment in which nobody can have looked at what was pushed
PATIENCE = 60  # seconds after a comment until the host has told when a head came, or will not any more
PAUSE = 5.0  # seconds between two looks
NOTHING = "0" * 40


def looked_at(workspace: Workspace, request: Request, line: str) -> None:
    """UserError where the head came after the comment or moments before it. Commit dates are not asked, they can be
    forged. TryLater while the host has not told when it came: deliveries overtake each other."""
    if request.own(workspace.ports.store.of_pull(workspace.pull.ref)):
        return  # a job that runs again: the head was looked at when it began
    if not request.written:
        return  # a button: it stands on a commit, which Retry asks to be the head
    when = _came(workspace, request)
    if when >= request.written - NEAR:
        raise UserError(
            general.pushed_meanwhile(workspace.pull.head, workspace.pull.branch, when - request.written, line)
        )


def came(head: str, pushes: Sequence[Push], ours: str) -> float | None:
    """When somebody else than us made `head`, or what our pushes stand on, the head; None where the log, newest first,
    does not tell. 0 where the branch is ours from the beginning."""
    for push in pushes:
        if push.after == head:
            if push.by != ours:
                return push.when
            if push.before == NOTHING:
                return 0.0
            head = push.before
    return None


def _came(workspace: Workspace, request: Request) -> float:
    ports, pull = workspace.ports, workspace.pull
    kept = ports.store.recall(key(pull.ref, pull.head))
    if kept:
        return float(kept)
    # Its delivery was lost, or is on its way, or what was remembered is gone: the host keeps a log of pushes.
    found = came(pull.head, ports.host.pushes(workspace.repository, pull.branch), ports.host.bot_login)
    if found is not None:
        return found
    if workspace.now - request.written < PATIENCE:
        raise TryLater(f"{workspace.repository.host.title} has not told yet when {pull.head} became the head", PAUSE)
    return pull.pushed  # it came then or before


def key(where: PullRef, sha: str) -> str:
    """Under which it is remembered when a commit became the head."""
    return f"head:{where.key}:{sha}"
