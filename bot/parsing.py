"""From a command line to a command and its arguments, or to all problems of the line at once."""

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from bot.commands import Argument, Command, Problem, Problems, Registry, Word, arguments
from bot.comment import Line, command_lines, verb_of
from experiments.sentences import did_you_mean, quoted

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+|["'].*$""")
_QUOTED = re.compile(r""""([^"]*)"|'([^']*)'""")
MOST = 10  # commands of one comment
LONGEST = 4_000  # characters of one command, and of what is written under it
PREFIX = "studio"  # `/studio run` is `/run`, for places where other bots listen too


@dataclass(frozen=True)
class Parsed:
    """One command line of a comment, with all that can be said against it before anything is looked up."""

    line: Line
    command: Command[Any] | None = None  # None: nobody knows the verb, or the line can't be split
    arguments: Any = None
    problems: tuple[Problem, ...] = ()


def parse(body: str, registry: Registry) -> list[Parsed]:
    """All commands of a comment, in order.

    A verb that is nobody's and near none of ours is silent: other bots live in the same comments.
    """
    read = (parsed for parsed in (_line(line, registry) for line in command_lines(body)) if parsed)
    found = list(islice(read, MOST + 1))  # what comes after these is not even looked at
    if len(found) > MOST:
        message = f"One comment holds more than {MOST} commands, and no more are taken. Write the others in another one"
        found = [*found[: MOST - 1], replace(found[MOST], problems=(Problem(0, len(found[MOST].line), message),))]
    return found


def _line(line: Line, registry: Registry) -> Parsed | None:
    if len(line) > LONGEST and verb_of(line) in (*registry.verbs, PREFIX):
        message = f"This command has {len(line):,} characters; at most {LONGEST:,} are taken"
        return Parsed(Line.of(line[:80]), problems=(Problem(0, 80, message),))
    try:
        words = split(line)
    except Problems as found:
        known = verb_of(line) in (*registry.verbs, PREFIX)
        return Parsed(line, problems=found.problems) if known else None
    verb, rest = words[0], words[1:]
    name = verb_of(line)
    ours = name == PREFIX
    if ours:
        if not rest:
            return Parsed(line, problems=(Problem(verb.start, verb.end, "A verb follows `/studio`", "/studio help"),))
        verb, rest = rest[0], rest[1:]
        name = verb.lower()
    command = registry.find(name)
    if command:
        read, problems = read_arguments(rest, command)
        if line.apart:
            message = (
                f"{quoted(line.apart)} below is no part of the command, for it stands apart or in a list or code: "
                "write it on the command's line, or begin the line under it with it"
            )
            problems += (Problem(len(line), len(line) + 1, message, f" {line.apart}", (len(line), len(line))),)
        if len(line.under) > LONGEST:
            message = f"The text under this command has {len(line.under):,} characters; at most {LONGEST:,} are taken"
            problems += (Problem(0, len(line), message),)
        return Parsed(line, command, read, problems)
    slash = "" if ours else "/"
    verbs = registry.verbs if ours else [*registry.verbs, PREFIX]
    hint, near = did_you_mean(name, verbs)  # without the slash, which would make another bot's short verb like ours
    if not near and not ours:
        return None
    hint, fix = (f"did you mean {quoted(slash + near)}?", slash + near) if near else (hint, "")
    return Parsed(line, problems=(Problem(verb.start, verb.end, f"No command {quoted(slash + name)}: {hint}", fix),))


def split(line: str) -> list[Word]:
    """Words with their places; quotes group as in a shell, and nothing is expanded."""
    words = []
    for match in _WORD.finditer(line):
        raw = match.group()
        if re.sub(_QUOTED, "", raw).count('"') or re.sub(_QUOTED, "", raw).count("'"):
            quote = next(mark for mark in re.sub(_QUOTED, "", raw) if mark in "\"'")
            raise Problems(
                line, [Problem(match.start(), match.end(), f"This quote is not closed: {quoted(quote)}", raw + quote)]
            )
        text = _QUOTED.sub(lambda quoted: quoted.group(1) if quoted.group(1) is not None else quoted.group(2), raw)
        words.append(Word.at(text, match.start(), match.end()))
    return words


def read_arguments(words: list[Word], command: Command[Any]) -> tuple[Any, tuple[Problem, ...]]:
    """The command's dataclass, with what could be read, and everything that could not."""
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
            message = f"`/{command.verb}` takes no further word: {quoted(command.usage, 200)}"
            problems.append(Problem(word.start, word.end, message))
    return command.arguments(**values), tuple(problems)


def _flag(
    word: Word, waiting: list[Word], flags: dict[str, Argument], values: dict[str, Any], command: Command[Any]
) -> list[Problem]:
    flag, equals, rest = word.partition("=")
    if flag not in flags and len(word) > 2 and word[:2] in flags and flags[word[:2]].metavar and word[1] != "-":
        flag, equals, rest = word[:2], "=", word[2:]  # -Sa=1, as DVC's own command line takes it
    argument = flags.get(flag)
    if argument is None:
        hint, near = did_you_mean(flag, flags)
        if near and flags[near].metavar and not equals and waiting and not waiting[0].startswith("-"):
            waiting.pop(0)  # its value, not a word of its own
        message = f"`/{command.verb}` has no option {quoted(flag)}: {hint}"
        return [Problem(word.start, word.end, message, near + equals + rest if near else "")]
    if not argument.metavar:
        if equals:
            return [Problem(word.start, word.end, f"`{flag}` is a switch and takes no value", flag)]
        values[argument.name] = True
        return []
    if equals:
        value = Word.at(rest, word.end - len(rest), word.end)
    elif waiting and not (waiting[0].startswith("--") or waiting[0] in flags):
        value = waiting.pop(0)
    else:
        return [Problem(word.start, word.end, f"`{flag}` wants a value: `{flag} {argument.metavar}`")]
    return _set(argument, value, values)


def _set(argument: Argument, word: Word, values: dict[str, Any]) -> list[Problem]:
    try:
        value = argument.type(word) if argument.type is not str else word
    except ValueError as error:
        return [Problem(word.start, word.end, str(error))]
    if argument.many:
        values[argument.name] = (*values.get(argument.name, ()), value)
    elif argument.name in values:
        given = argument.flags[0] if argument.flags else argument.metavar
        return [Problem(word.start, word.end, f"`{given}` is given twice")]
    else:
        values[argument.name] = value
    return []
