"""A slash command as one value: its parser, help, documentation and permission gate all come from it."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Generic, Protocol, TypeVar

from bot.comment import Line
from bot.ports import Ports
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import Experiment

A = TypeVar("A")


class Word(str):
    """A word of a command that knows where in the line it stood, so that a caret can be put under it."""

    start: int
    end: int

    @classmethod
    def at(cls, text: str, start: int, end: int) -> "Word":
        word = cls(text)
        word.start, word.end = start, end
        return word


@dataclass(frozen=True)
class Problem:
    """Something wrong with one place of a command line."""

    start: int
    end: int
    message: str  # what is wrong, what is there now, what to write; code in backquotes
    fix: str = ""  # what to write instead; empty where nobody can know
    replaces: tuple[int, int] | None = None  # what the fix replaces, where it is more than line[start:end]


class Problems(Exception):
    """All problems of one command line."""

    def __init__(self, line: str, problems: Sequence[Problem]) -> None:
        super().__init__(line)
        self.line, self.problems = line, tuple(problems)

    @property
    def mended(self) -> bool:
        """Whether the corrected line has no problem left."""
        return all(problem.fix for problem in self.problems)

    @property
    def corrected(self) -> str:
        """The line with every fix put in that is known; empty where none is."""
        fixed = [problem for problem in self.problems if problem.fix]
        line = self.line if fixed else ""
        for problem in sorted(fixed, key=lambda each: each.start, reverse=True):
            start, end = problem.replaces or (problem.start, problem.end)
            line = line[:start] + problem.fix + line[end:]
        return line


class Act(Protocol):
    """What a handler wants done in the repository or with a run. Done again it changes nothing."""

    def do(self, ports: Ports, now: float) -> str:
        """What is to be said of it (Markdown), or nothing. UserError where it cannot be done."""
        ...


@dataclass(frozen=True)
class Reply:
    """What a handler wants said (Markdown), done and started; it never does any of it."""

    text: str = ""
    experiments: tuple[Experiment, ...] = ()
    acts: tuple[Act, ...] = ()
    pages: tuple[str, ...] = ()  # HTML, and PNGs below, to be kept where the text says they are
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What is said to an option that people know from elsewhere and that is not taken here."""

    flags: tuple[str, ...]
    message: str  # why not, and what to type instead; code in backquotes
    valued: bool = False  # whether a word follows that is its value


@dataclass(frozen=True)
class Command(Generic[A]):
    """A verb people type, the dataclass of its arguments, and the handler."""

    verb: str
    arguments: type[A]
    handler: Callable[[Workspace, Request, A, Line], Reply]  # (workspace, request, arguments, the line as typed)
    needs: Permission
    summary: str
    examples: tuple[str, ...]
    harms: bool = False  # it starts, stops, deletes or lands something: it is offered to nobody who typed another word
    answers: tuple[Answer, ...] = ()

    @property
    def usage(self) -> str:
        return " ".join([f"/{self.verb}", *(argument.usage for argument in arguments(self.arguments))])


def question(answer: Callable[[Workspace, A, Line], Reply]) -> Callable[[Workspace, Request, A, Line], Reply]:
    """The handler of a command that only looks: the same can be asked of a workspace where nothing was requested."""

    def handle(workspace: Workspace, request: Request, args: A, line: Line) -> Reply:
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
    required: bool  # for the reader: who leaves it out is told by the handler what there is
    type: Any
    harms: bool  # as of a command

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
    """A field of an arguments dataclass. `type` turns the word into the value; its ValueError's text is shown."""
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
    """The type of an argument that is a number from `least` to `most`."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text[:9]) <= most:
            raise ValueError(f"A number from {least} to {most} goes here")
        return int(text)

    return parse


def arguments(of: type[Any]) -> list[Argument]:
    """Of a dataclass, in order."""
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
        """Verbs that are offered to nobody."""
        return [command.verb for command in self.commands if command.harms]
