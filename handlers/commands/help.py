"""`/help`: explain the commands."""

from dataclasses import dataclass
from typing import Any

from bot.commands import Command, Problem, Problems, Registry, Reply, Word, argument, question
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.workspace import Head, Workspace
from experiments.wording import do_you_mean, quoted
from handlers.lookup import projects
from reports.messages import general
from reports.messages.examples import here


@dataclass(frozen=True)
class HelpArgs:
    """Arguments of `/help`: the command to explain."""

    verb: Word = argument("A command; all of them when left out.", metavar="VERB")


def _project(workspace: Workspace, line: str) -> Head:
    """Return the project that the pull request changes; the first of all where it changes several or none."""
    try:
        return projects.chosen(workspace, Word.at("", 0, 0), line)
    except UserError:
        return Head(workspace, workspace.config.folders[0])


def with_help(commands: tuple[Command[Any], ...]) -> Registry:
    """Return the registry of these commands and `/help`, which explains all of them, itself too."""

    def show(workspace: Workspace, args: HelpArgs, line: str) -> Reply:
        """Explain one command, or list all. Raise Problems for an unknown one."""
        verb = args.verb.removeprefix("/").lower()
        if not verb:
            return Reply(general.help_all(registry, workspace.repository.host))
        command = registry.find(verb)
        if command is None:
            hint, near = do_you_mean(verb, registry.verbs, ())
            raise Problems(line, [Problem(args.verb.start, args.verb.end, f"No command {quoted(verb)}: {hint}", near)])
        project = _project(workspace, line)
        examples = here(verb, command.examples, project.snapshot, project.config)
        return Reply(general.help_one(command, examples, workspace.repository.host))

    explain = Command(
        "help",
        HelpArgs,
        question(show),
        needs=Permission.READ,
        summary="Explain the commands.",
        examples=("/help", "/help run"),
    )
    registry = Registry((*commands, explain))
    return registry
