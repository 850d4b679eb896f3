"""What the bot can be told to do: one file a command, all of them in this list.

`events`, `commands`, `planning`, `lookup` and `checks` decide and return values; they see the ports through
`bot/ports/reading`. `jobs` and `publishing` act, in steps that may run twice.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.events import AccessChanged, AllRerun, CommentCreated, DefaultPushed, Pressed, PullChanged
from bot.ports import Ports
from bot.request import Request
from handlers.commands import (
    apply,
    approve,
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
from handlers.events import command_requests
from handlers.jobs.access_change import access_changed
from handlers.jobs.pull_request_change import pull_changed
from handlers.jobs.settings_change import default_pushed

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
REQUESTS: Mapping[type[Any], Callable[[Ports, Any], Sequence[Request]]] = {
    CommentCreated: command_requests.commented,
    Pressed: command_requests.pressed,
    AllRerun: command_requests.all_rerun,
}
# What else happens, and who sees to it.
EVENTS: Mapping[type[Any], Callable[[Ports, Any, float], None]] = {
    PullChanged: pull_changed,
    DefaultPushed: default_pushed,
    AccessChanged: access_changed,
}
