"""What the bot can be told to do: one file a command, all of them in this list."""

from handlers import help, params, run

_ACTING = (run.COMMAND, params.COMMAND)
REGISTRY = help.with_help(_ACTING)
