"""The parser: turns a command line into a command and its arguments, or into all problems of the line."""

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from bot.commands import Answer, Argument, Command, Problem, Problems, Registry, Word, arguments
from bot.comment import CommandLine, command_lines, verb_of
from experiments.nearest import safest
from experiments.wording import do_you_mean, quoted

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+|["'].*$""")
_QUOTED = re.compile(r""""([^"]*)"|'([^']*)'""")
_VALUE = re.compile(r"[-+.\d\[{'\"]|(?:true|false|null)$", re.IGNORECASE)  # of a parameter; no stage is called so
_FLAG = re.compile(r"-{1,2}[A-Za-z]")
MOST = 10  # commands that one comment may hold
LONGEST = 4_000  # characters of one command, and of what is written under it
_LINES = 2_000  # of a comment; more take longer to read as Markdown than a command may
_PROBLEMS = 10  # of one command; each is looked at for what was meant
PREFIX = "studio"  # `/studio run` is `/run`, for places where other bots listen too


@dataclass(frozen=True)
class Parsed:
    """One command line of a comment, with the problems that can be found without any lookup."""

    line: CommandLine
    command: Command[Any] | None = None  # None: nobody knows the verb, or the line can't be split
    arguments: Any = None
    problems: tuple[Problem, ...] = ()


def parse(body: str, registry: Registry) -> list[Parsed]:
    """Return all commands of a comment, in order.

    An unknown verb that resembles none of ours is ignored: other bots read the same comments.
    """
    if len(body.splitlines()) > _LINES:
        return _of_a_long_comment(body, registry)
    read = (parsed for parsed in (_line(line, registry) for line in command_lines(body)) if parsed)
    found = list(islice(read, MOST + 1))  # what comes after these is not read
    if len(found) > MOST:
        message = f"One comment holds more than {MOST} commands, and no more are taken. Write the others in another one"
        found = [*found[: MOST - 1], replace(found[MOST], problems=(Problem(0, len(found[MOST].line), message),))]
    return found


def _of_a_long_comment(body: str, registry: Registry) -> list[Parsed]:
    """Return one problem for the first line that looks like a command; it may be code, so nothing is done."""
    verbs = {*registry.verbs, PREFIX}
    first = next((line for line in body.splitlines() if verb_of(line) in verbs), "")
    if not first:
        return []
    message = f"This comment has more than {_LINES:,} lines, too many to look for commands. Write them in another one"
    shown = CommandLine.of(first[:80])
    return [Parsed(shown, problems=(Problem(0, len(shown), message),))]


def _line(line: CommandLine, registry: Registry) -> Parsed | None:
    if len(line) > LONGEST and verb_of(line) in (*registry.verbs, PREFIX):
        message = f"This command has {len(line):,} characters; at most {LONGEST:,} are taken"
        return Parsed(CommandLine.of(line[:80]), problems=(Problem(0, 80, message),))
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
                f"{quoted(line.apart)} stands apart from the command, in a list or in code, so that nobody can tell "
                "whether it belongs to it: write it on the command's line, or on a line right below"
            )
            problems += (Problem(len(line), len(line) + 1, message, f" {line.apart}", (len(line), len(line))),)
        if len(line.under) > LONGEST:
            message = f"The text under this command has {len(line.under):,} characters; at most {LONGEST:,} are taken"
            problems += (Problem(0, len(line), message),)
        return Parsed(line, command, read, problems)
    slash = "" if ours else "/"
    verbs = registry.verbs if ours else [*registry.verbs, PREFIX]
    # Compared without the slash, which would make another bot's short verb resemble ours.
    hint, near = do_you_mean(name, verbs, registry.harmful, slash)
    if not near and not ours and not safest(name, verbs, registry.harmful)[1]:
        return None
    return Parsed(line, problems=(Problem(verb.start, verb.end, f"No command {quoted(slash + name)}: {hint}", near),))


def split(line: str) -> list[Word]:
    """Return the words with their places. Quotes group as in a shell, and nothing is expanded. Raise Problems."""
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
    """Return the command's dataclass with what could be read, and the problems of what could not."""
    declared = arguments(command.arguments)
    flags = {flag: argument for argument in declared for flag in argument.flags}
    positional = [argument for argument in declared if not argument.flags]
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    waiting = list(words)
    only_words = False
    while waiting and len(problems) < _PROBLEMS:
        word = waiting.pop(0)
        if not only_words and word == "--":
            only_words = True
        elif not only_words and word.startswith("-") and len(word) > 1:
            problems += _flag(word, waiting, flags, values, command)
        elif (setting := _setting(flags)) and _is_setting([word, *waiting[:1]]):
            problems.append(_set_with(setting, word, word, waiting))
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
    if answer := _answer(word, flag, command):
        apart = answer.valued and word in answer.flags and waiting and not waiting[0].startswith("-")
        last = waiting.pop(0) if apart else word
        return [Problem(word.start, last.end, answer.message)]
    if argument is None:
        hint, near = do_you_mean(flag, flags, [each for each, argument in flags.items() if argument.harms])
        if near and flags[near].metavar and not equals and waiting and not waiting[0].startswith("-"):
            waiting.pop(0)  # its value, not a word of its own
        message = f"`/{command.verb}` has no option {quoted(flag)}: {hint}"
        return [Problem(word.start, word.end, message, near + equals + rest if near else "")]
    if not argument.metavar:
        if equals:
            return [Problem(word.start, word.end, f"`{flag}` is a switch and takes no value", flag)]
        setting = _setting(flags)
        if setting and flag.swapcase() in setting.flags and _is_setting(waiting):
            return [_set_with(setting, word, waiting.pop(0), waiting, argument)]
        values[argument.name] = True
        return []
    if equals:
        value = Word.at(rest, word.end - len(rest), word.end)
    elif waiting and not (waiting[0].startswith("--") or waiting[0] in flags):
        value = waiting.pop(0)
    else:
        return [Problem(word.start, word.end, f"`{flag}` wants a value: `{flag} {argument.metavar}`")]
    if argument is _setting(flags) and (parts := _spaced(value, waiting)):
        message = f"Write no spaces around the `=`, and quotes around a value with spaces: {quoted(''.join(parts))}"
        return [Problem(value.start, parts[-1].end, message, _typed("".join(parts)))]
    return _set(argument, value, values)


def _answer(word: Word, flag: str, command: Command[Any]) -> Answer | None:
    for each in command.answers:
        if flag in each.flags or (each.valued and word[:2] in each.flags and word[1] != "-"):  # -j3
            return each
    return None


def _setting(flags: dict[str, Argument]) -> Argument | None:
    """Return the option that sets a parameter; None where the command has none."""
    return next((argument for argument in flags.values() if argument.metavar.endswith("key=value")), None)


def _is_setting(waiting: list[Word]) -> bool:
    """Return whether the next words are `key=value`, with or without spaces."""
    if not waiting or waiting[0].startswith(("-", "=")):
        return False
    return "=" in waiting[0].partition("@")[0] or (len(waiting) > 1 and waiting[1].startswith("="))


def _spaced(first: Word, waiting: list[Word]) -> list[Word]:
    """Take the words of `key = value` from those that wait; return none where it is one word."""
    parts = [first]
    if "=" not in first and waiting and waiting[0].startswith("="):
        parts.append(waiting.pop(0))
    elif not (first.endswith("=") and "=" not in first[:-1] and waiting and _VALUE.match(waiting[0])):
        return []
    if parts[-1].endswith("=") and waiting and not _FLAG.match(waiting[0]):
        parts.append(waiting.pop(0))
    return parts


def _set_with(
    setting: Argument, first: Word, word: Word, waiting: list[Word], instead_of: Argument | None = None
) -> Problem:
    """Return the problem of a parameter without the option that sets it, or with another one."""
    parts, flag = _spaced(word, waiting) or [word], setting.flags[0]
    text = _typed("".join(parts))
    why = f"`{first}` is `{instead_of.flags[-1]}`" if instead_of else f"{quoted(text)} is no stage"
    return Problem(first.start, parts[-1].end, f"{why}: a parameter is set with `{flag}`", f"{flag} {text}")


def _typed(text: str) -> str:
    """Return a word as it is typed, in quotes where it needs some."""
    if not re.search(r"[\s\"']", text):
        return text
    return f'"{text}"' if '"' not in text else f"'{text}'"


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
