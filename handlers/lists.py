"""The lists of what the bot can be told to do: one line a command, and one a kind of event.

Who imports this module gets all commands and all that they import, so processes that only need a part of them import
that part by itself: the web process hears agents, and the clock looks after runs.
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
