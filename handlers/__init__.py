"""What the bot can be told to do: one file a command, all of them in this list."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.events import PullChanged
from bot.ports import Ports
from handlers import apply, branch, cancel, help, logs, params, retry, run, status
from handlers.pull_changed import pull_changed

_ACTING = (
    run.COMMAND,
    params.COMMAND,
    status.COMMAND,
    logs.COMMAND,
    cancel.COMMAND,
    retry.COMMAND,
    apply.COMMAND,
    branch.COMMAND,
)
REGISTRY = help.with_help(_ACTING)
# What happens besides comments: the kind of event, and who sees to it. Comments are the dispatcher's.
EVENTS: Mapping[type[Any], Callable[[Ports, Any, float], None]] = {PullChanged: pull_changed}
