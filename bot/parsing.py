"""From a command line to a command and its arguments, or to all problems of the line at once."""

import re
from dataclasses import dataclass
from typing import Any

from bot.commands import Argument, Command, Problem, Problems, Registry, Word, arguments
from bot.comment import command_lines, verb_of
from experiments.nearest import did_you_mean

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+|["'].*$""")
_QUOTED = re.compile(r""""([^"]*)"|'([^']*)'""")
PREFIX = "studio"  # `/studio run` is `/run`, for places where other bots listen too


@dataclass(frozen=True)
class Parsed:
    """One command of a comment."""

    command: Command[Any]
    arguments: Any
    line: str


def parse(body: str, registry: Registry) -> tuple[list[Parsed], list[Problems]]:
    """All commands of a comment and all that is wrong with them.

    A verb that is nobody's and near none of ours is silent: other bots live in the same comments.
    """
    found: list[Parsed] = []
    wrong: list[Problems] = []
    for line in command_lines(body):
        try:
            parsed = _line(line, registry)
        except Problems as problems:
            wrong.append(problems)
        else:
            found += [parsed] if parsed else []
    return found, wrong


def _line(line: str, registry: Registry) -> Parsed | None:
    words = split(line)
    verb, rest = words[0], words[1:]
    name = verb_of(line)
    ours = name == PREFIX
    if ours:
        if not rest:
            raise Problems(line, [Problem(verb.start, verb.end, "a verb follows /studio", "/studio help")])
        verb, rest = rest[0], rest[1:]
        name = verb.lower()
    command = registry.find(name)
    if command is None:
        hint, near = did_you_mean(name, registry.verbs)
        if not near and not ours:
            return None
        slash = "" if ours else "/"
        raise Problems(
            line, [Problem(verb.start, verb.end, f"no command {name!r}: {hint}", slash + near if near else "")]
        )
    return Parsed(command, read_arguments(line, rest, command), line)


def split(line: str) -> list[Word]:
    """Words with their places; quotes group as in a shell, and nothing is expanded."""
    words = []
    for match in _WORD.finditer(line):
        raw = match.group()
        if re.sub(_QUOTED, "", raw).count('"') or re.sub(_QUOTED, "", raw).count("'"):
            quote = next(mark for mark in re.sub(_QUOTED, "", raw) if mark in "\"'")
            raise Problems(
                line, [Problem(match.start(), match.end(), f"this quote is not closed: {quote}", raw + quote)]
            )
        text = _QUOTED.sub(lambda quoted: quoted.group(1) if quoted.group(1) is not None else quoted.group(2), raw)
        words.append(Word.at(text, match.start(), match.end()))
    return words


def read_arguments(line: str, words: list[Word], command: Command[Any]) -> Any:
    """The command's dataclass; Problems names everything that is wrong."""
    declared = arguments(command.arguments)
    flags = {flag: argument for argument in declared for flag in argument.flags}
    positional = [argument for argument in declared if not argument.flags]
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    waiting = list(words)
    only_words = False
    while waiting:
        word = waiting.pop(0)
        if not only_words and word == "--":
            only_words = True
        elif not only_words and word.startswith("-") and len(word) > 1:
            problems += _flag(word, waiting, flags, values, command)
        elif positional:
            target = positional[0]
            problems += _set(target, word, values)
            if not target.many:
                positional.pop(0)
        else:
            problems.append(Problem(word.start, word.end, f"/{command.verb} takes no further word: {command.usage}"))
    if problems:
        raise Problems(line, sorted(problems, key=lambda problem: problem.start))
    return command.arguments(**values)


def _flag(
    word: Word, waiting: list[Word], flags: dict[str, Argument], values: dict[str, Any], command: Command[Any]
) -> list[Problem]:
    flag, equals, rest = word.partition("=")
    if flag not in flags and len(word) > 2 and word[:2] in flags and flags[word[:2]].metavar and word[1] != "-":
        flag, equals, rest = word[:2], "=", word[2:]  # -Sa=1, as DVC's own command line takes it
    argument = flags.get(flag)
    if argument is None:
        hint, near = did_you_mean(flag, list(flags))
        return [
            Problem(
                word.start,
                word.end,
                f"/{command.verb} has no option {flag}: {hint}",
                near + equals + rest if near else "",
            )
        ]
    if not argument.metavar:
        if equals:
            return [Problem(word.start, word.end, f"{flag} is a switch and takes no value", flag)]
        values[argument.name] = True
        return []
    if equals:
        value = Word.at(rest, word.end - len(rest), word.end)
    elif waiting and not (waiting[0].startswith("--") or waiting[0] in flags):
        value = waiting.pop(0)
    else:
        return [Problem(word.start, word.end, f"{flag} wants a value: {flag} {argument.metavar}")]
    return _set(argument, value, values)


def _set(argument: Argument, word: Word, values: dict[str, Any]) -> list[Problem]:
    try:
        value = argument.type(word) if argument.type is not str else word
    except ValueError as error:
        return [Problem(word.start, word.end, str(error))]
    if argument.many:
        values[argument.name] = (*values.get(argument.name, ()), value)
    elif argument.name in values:
        return [
            Problem(word.start, word.end, f"{argument.flags[0] if argument.flags else argument.metavar} is given twice")
        ]
    else:
        values[argument.name] = value
    return []
