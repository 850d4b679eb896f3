"""What the bot can be told to do: one file a command, all of them in this list."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.events import PullChanged
from bot.ports import Ports
from handlers import help, params, run
from handlers.pull_changed import pull_changed

_ACTING = (run.COMMAND, params.COMMAND)
REGISTRY = help.with_help(_ACTING)
# What happens besides comments: the kind of event, and who sees to it. Comments are the dispatcher's.
EVENTS: Mapping[type[Any], Callable[[Ports, Any, float], None]] = {PullChanged: pull_changed}
