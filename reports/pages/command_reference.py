"""docs/commands.md, generated from the registry of commands."""

from typing import Any

from bot.commands import Command, Registry, arguments
from reports.text.markdown import code, fence, sentence, table

HEAD = """# Commands

Type them at the beginning of a line in a comment of a pull request. This page is written from the code: `make docs`.
Options may stand on the lines right below, each line beginning with one, or after a backslash at the end of a line.

Values are checked before anything happens; everything wrong in a comment is answered at once, with a line to type
instead where one would be taken. `/studio run` is the same as `/run`."""


def commands_page(registry: Registry) -> str:
    """Return the whole page as Markdown."""
    return "\n\n".join([HEAD, command_table(registry), *map(_section, registry.commands)]) + "\n"


def command_table(registry: Registry) -> str:
    """Return a table with a row for each command: an example, what it does, and the right that it needs."""
    rows = [(code(each.examples[0]), sentence(each.summary), each.needs.name.lower()) for each in registry.commands]
    return table(("command", "what happens", "right it needs"), rows, "lll")


def _section(command: Command[Any]) -> str:
    rows = [
        (code(" ".join([*each.flags, each.metavar]).strip()), sentence(each.help))
        for each in arguments(command.arguments)
    ]
    parts = [f"## /{command.verb}", sentence(command.summary), fence(command.usage)]
    parts += [table(("argument", "what it does"), rows, "ll")] if rows else []
    return "\n\n".join([*parts, "Examples:", fence("\n".join(command.examples))])
