"""Foreign words inside our own sentences: quoted so that a reader sees where they begin and end."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from experiments.nearest import nearest, safest


@dataclass(frozen=True)
class Sides:
    """What the two sides of a comparison are called."""

    before: str = "the baseline"
    after: str = "this run"


RUN = Sides()
_PATTERN = {*"*?[\\"}  # Git reads a name with one of them as a pattern


def opening(words: str) -> str:
    """With a capital letter in front."""
    return words[:1].upper() + words[1:]


def quoted(word: object, limit: int = 80) -> str:
    """In backquotes, of which it then holds no others, on one line and at most `limit` characters long."""
    text = " ".join(str(word).replace("`", "'").split())
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"


def for_shell(command: str, names: Iterable[str], limit: int = 300) -> str:
    """Return a command with these names behind it, in backquotes, to be typed into a shell. `NAME` stands for all of
    them where it would be longer than `limit` characters: half a name would be another command."""
    line = " ".join([command, *map(typed, names)])
    return f"`{line}`" if len(line) <= limit else f"`{command} NAME`"


def typed(name: str) -> str:
    """Return a name of a file, stage, branch or ref as it is typed into a shell; `NAME` for one that no line of code
    holds as it is, and for one that Git or DVC would not take for a name: an option, or a pattern of Git's, which may
    stand for every file there is."""
    plain = name.isprintable() and "`" not in name and name == " ".join(name.split())
    return shlex.quote(name) if plain and name[:1] not in (":", "-") and not _PATTERN & {*name} else "NAME"


def closed(words: str) -> str:
    """Sentences of others, code in backquotes, before ours: one backquote too many would make code of what follows."""
    return words if words.count("`") % 2 == 0 else words.replace("`", "'")


def some(words: Iterable[str], most: int) -> str:
    """The first of these words as they are, `most` at most, and how many others there are: `a, b and 3 more`."""
    words = list(words)
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def listed(names: Iterable[str]) -> str:
    """Up to three names, quoted, as people list them: `a`, `a and b`, `a, b, c and 2 more`."""
    words = [quoted(name) for name in names]
    if len(words) > 3 or len(words) < 2:
        return some(words, 3)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, str]:
    """The end of a sentence about an unknown word, and the known one that was probably meant, else empty.

    `did you mean …?`, else all there are.
    """
    known = list(known)
    near = next(iter(nearest(word, known, 1)), "")
    if near:
        return f"did you mean {quoted(near)}?", near
    if not known:
        return "there is none.", ""
    shown = ", ".join(quoted(each) for each in known[:10])
    return f"there are {shown}{' and others' if len(known) > 10 else ''}.", ""


def do_you_mean(word: str, known: Iterable[str], harmful: Iterable[str], mark: str = "") -> tuple[str, str]:
    """As `did_you_mean`, of words that are typed to have something done: what is harmful is never offered.

    `mark` stands before each name where it is typed, a slash say.
    """
    known = list(known)
    near, feared = safest(word, known, harmful)
    if near:
        return f"did you mean {quoted(mark + near)}?", mark + near
    if feared:
        return f"{quoted(mark + feared)} is near to it, and is only done where it is typed in full.", ""
    return did_you_mean("", known)


def meant(word: str, known: Iterable[str]) -> str:
    """Only the end of the sentence."""
    return did_you_mean(word, known)[0]
