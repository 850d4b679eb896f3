"""`/help`: what can be typed."""

from dataclasses import dataclass
from typing import Any

from bot.commands import Command, Problem, Problems, Registry, Reply, Word, argument
from bot.context import Context
from bot.ports import Permission
from experiments.sentences import did_you_mean, quoted
from reports import replies


@dataclass(frozen=True)
class HelpArgs:
    """About what."""

    verb: Word = argument("A command; all of them when left out.", metavar="VERB")


def with_help(commands: tuple[Command[Any], ...]) -> Registry:
    """The registry of these commands and `/help`, which explains all of them, itself too."""

    def show(context: Context, args: HelpArgs, line: str) -> Reply:
        """One command, or all."""
        verb = args.verb.removeprefix("/").lower()
        if not verb:
            return Reply(replies.help_all(registry))
        command = registry.find(verb)
        if command is None:
            hint, near = did_you_mean(verb, registry.verbs)
            raise Problems(line, [Problem(args.verb.start, args.verb.end, f"No command {quoted(verb)}: {hint}", near)])
        return Reply(replies.help_one(command))

    explain = Command(
        "help",
        HelpArgs,
        show,
        needs=Permission.READ,
        summary="Explain the commands.",
        examples=("/help", "/help run"),
    )
    registry = Registry((*commands, explain))
    return registry
