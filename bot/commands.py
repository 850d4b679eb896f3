"""Slash commands as values, from which parser, help, documentation and permission check are derived."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Generic, Protocol, TypeVar

from bot.comment import CommandLine
from bot.ports import Ports
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import Experiment

A = TypeVar("A")


class Word(str):
    """A word of a command with its place in the line, so that a caret can be put under it."""

    start: int
    end: int

    @classmethod
    def at(cls, text: str, start: int, end: int) -> "Word":
        word = cls(text)
        word.start, word.end = start, end
        return word


@dataclass(frozen=True)
class Problem:
    """A problem at one place of a command line."""

    start: int
    end: int
    message: str  # what is wrong, what is there, what to write; code in backquotes
    fix: str = ""  # what to write instead; empty where nobody can know
    replaces: tuple[int, int] | None = None  # what the fix replaces, where it is more than line[start:end]


class Problems(Exception):
    """All problems of one command line."""

    def __init__(self, line: str, problems: Sequence[Problem]) -> None:
        super().__init__(line)
        self.line, self.problems = line, tuple(problems)

    @property
    def mended(self) -> bool:
        """Whether `corrected` leaves no problem."""
        return all(problem.fix for problem in self.problems)

    @property
    def corrected(self) -> str:
        """The line with all known fixes; empty where none is known."""
        fixed = [problem for problem in self.problems if problem.fix]
        line = self.line if fixed else ""
        for problem in sorted(fixed, key=lambda each: each.start, reverse=True):
            start, end = problem.replaces or (problem.start, problem.end)
            line = line[:start] + problem.fix + line[end:]
        return line


class Act(Protocol):
    """A change to the repository or a run that a handler asks for. Doing it again changes nothing."""

    def do(self, ports: Ports, now: float) -> str:
        """Do it. Return the reply (Markdown), which may be empty. Raise UserError where it can't be done."""
        ...


@dataclass(frozen=True)
class Reply:
    """What a handler asks the dispatcher to say (Markdown), do and start. The handler does none of it."""

    text: str = ""
    experiments: tuple[Experiment, ...] = ()
    acts: tuple[Act, ...] = ()
    pages: tuple[str, ...] = ()  # HTML to store at the addresses in the text; PNGs below likewise
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The answer to an option that people know from elsewhere and that is not accepted here."""

    flags: tuple[str, ...]
    message: str  # why not, and what to type instead; code in backquotes
    valued: bool = False  # whether a value follows as the next word


@dataclass(frozen=True)
class Command(Generic[A]):
    """A command: its verb, the dataclass of its arguments, and its handler."""

    verb: str
    arguments: type[A]
    handler: Callable[[Workspace, Request, A, CommandLine], Reply]  # (workspace, request, arguments, the line as typed)
    needs: Permission
    summary: str
    examples: tuple[str, ...]
    harms: bool = False  # it starts, stops, deletes or lands something, so it is never suggested for a mistyped verb
    answers: tuple[Answer, ...] = ()

    @property
    def usage(self) -> str:
        return " ".join([f"/{self.verb}", *(argument.usage for argument in arguments(self.arguments))])


def question(
    answer: Callable[[Workspace, A, CommandLine], Reply],
) -> Callable[[Workspace, Request, A, CommandLine], Reply]:
    """Return a handler from a function that needs no request: a command that only reads."""

    def handle(workspace: Workspace, request: Request, args: A, line: CommandLine) -> Reply:
        return answer(workspace, args, line)

    return handle


@dataclass(frozen=True)
class Argument:
    """One field of an arguments dataclass."""

    name: str
    help: str
    flags: tuple[str, ...]  # empty: positional
    metavar: str  # empty: a switch
    many: bool
    required: bool  # shown in help only: the handler answers where it is missing
    type: Any
    harms: bool  # as in Command

    @property
    def usage(self) -> str:
        words = " ".join(part for part in (self.flags[0] if self.flags else "", self.metavar) if part)
        if self.required:
            return words
        return f"[{words}]…" if self.many else f"[{words}]"


def argument(
    help_text: str,
    *flags: str,
    metavar: str = "",
    many: bool = False,
    required: bool = False,
    type: Any = str,
    harms: bool = False,
) -> Any:
    """Return a field of an arguments dataclass. `type` converts the word; the text of its ValueError is shown."""
    metadata = {
        "help": help_text,
        "flags": flags,
        "metavar": metavar,
        "many": many,
        "required": required,
        "type": type,
        "harms": harms,
    }
    default: Any = () if many else (False if flags and not metavar else "")
    return field(default=default, metadata=metadata)


def count(most: int, least: int = 1) -> Callable[[str], int]:
    """Return the `type` of an argument that is an integer from `least` to `most`."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text[:9]) <= most:
            raise ValueError(f"A number from {least} to {most} goes here")
        return int(text)

    return parse


def arguments(of: type[Any]) -> list[Argument]:
    """Return the arguments of a dataclass, in order. Raise TypeError for a field not made by `argument`."""
    found = []
    for item in fields(of):
        if item.default is MISSING:
            raise TypeError(f"{of.__name__}.{item.name} must be made by argument()")
        found.append(Argument(item.name, **item.metadata))
    return found


@dataclass(frozen=True)
class Registry:
    """All commands, in the order of the help text."""

    commands: Sequence[Command[Any]]

    def find(self, verb: str) -> Command[Any] | None:
        return next((command for command in self.commands if command.verb == verb), None)

    @property
    def verbs(self) -> list[str]:
        return [command.verb for command in self.commands]

    @property
    def harmful(self) -> list[str]:
        """Verbs that are never suggested."""
        return [command.verb for command in self.commands if command.harms]
