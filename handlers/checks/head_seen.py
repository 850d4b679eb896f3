"""Check that the person who typed a command has seen the head: nothing was pushed moments before it, or since."""

from collections.abc import Sequence

from bot.errors import TryLater, UserError
from bot.ports.git_host import Push
from bot.ports.memos import Memo, MemoKind
from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import PullRef
from reports.messages import general

NEAR = 10  # seconds before a comment: nobody can have read what was pushed in them
PATIENCE = 60  # seconds after a comment in which the host may still tell when the head was pushed
PAUSE = 5.0  # seconds between two looks
NOTHING = "0" * 40
# Seconds since the epoch. Every push leaves one, whoever pushes. Once it is forgotten, the host's log of pushes tells,
# or where the host has none, the time of the repository's last push.
_HEAD = MemoKind[float, PullRef, str]("head", float, days=7)


def looked_at(workspace: Workspace, request: Request, line: str) -> None:
    """Raise UserError where the head was pushed after the comment or moments before it.

    Commit dates do not count: they can be forged. Raise TryLater while the host has not told when the head was pushed,
    since deliveries overtake each other.
    """
    if request.own(workspace.ports.store.of_pull(workspace.pull.ref)):
        return  # this job runs again: it checked the head the first time
    if not request.written:
        return  # a button is on a commit, and Retry checks that this is the head
    when = _came(workspace, request)
    if when >= request.written - NEAR:
        raise UserError(
            general.pushed_meanwhile(workspace.pull.head, workspace.pull.branch, when - request.written, line)
        )


def came(head: str, pushes: Sequence[Push], ours: str) -> float | None:
    """Return when somebody else made `head`, or the commit below our own pushes, the branch's head.

    In seconds since the epoch; 0 where all pushes are ours, None where the log `pushes` (newest first) does not tell.
    `ours` is our own login.
    """
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
    kept = ports.store.recall(head(pull.ref, pull.head))
    if kept is not None:
        return kept
    # Its delivery is missing or late, or was forgotten. The host's log of pushes may tell.
    found = came(pull.head, ports.host.pushes(workspace.repository, pull.branch), ports.host.bot_login)
    if found is not None:
        return found
    if workspace.now - request.written < PATIENCE:
        raise TryLater(f"{workspace.repository.host.title} has not told yet when {pull.head} became the head", PAUSE)
    return pull.pushed  # it was pushed then or before


def head(where: PullRef, sha: str) -> Memo[float]:
    """Return the memo of the time when a commit became the head."""
    return _HEAD.of(where, sha)
