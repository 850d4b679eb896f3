"""What the bot can be told to do: one file a command, all of them in this list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.asked import Asked
from bot.events import AccessChanged, AllRerun, CommentCreated, DefaultPushed, Pressed, PullChanged
from bot.ports import Ports
from handlers import (
    apply,
    approve,
    asking,
    branch,
    cancel,
    data,
    diff,
    help,
    logs,
    params,
    plots,
    queue,
    remove,
    retry,
    run,
    runners,
    show,
    start,
    status,
    undo,
)
from handlers.access import access_changed
from handlers.proposing import default_pushed
from handlers.pull_changed import pull_changed

_ACTING = (
    run.COMMAND,
    queue.COMMAND,
    start.COMMAND,
    runners.COMMAND,
    approve.COMMAND,
    remove.COMMAND,
    params.COMMAND,
    data.COMMAND,
    show.COMMAND,
    diff.COMMAND,
    plots.COMMAND,
    status.COMMAND,
    logs.COMMAND,
    cancel.COMMAND,
    retry.COMMAND,
    apply.COMMAND,
    undo.COMMAND,
    branch.COMMAND,
)
REGISTRY = help.with_help(_ACTING)
# The kinds of event that are commands, and who says which; the dispatcher sees to them.
ASKED: Mapping[type[Any], Callable[[Ports, Any], Sequence[Asked]]] = {
    CommentCreated: asking.commented,
    Pressed: asking.pressed,
    AllRerun: asking.all_rerun,
}
# What else happens, and who sees to it.
EVENTS: Mapping[type[Any], Callable[[Ports, Any, float], None]] = {
    PullChanged: pull_changed,
    DefaultPushed: default_pushed,
    AccessChanged: access_changed,
}
