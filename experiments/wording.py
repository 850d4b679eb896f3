"""Words of others inside our own sentences, quoted so that a reader sees where they begin and end."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from experiments.nearest import nearest, safest


@dataclass(frozen=True)
class Sides:
    """What sentences call the two sides of a comparison."""

    before: str = "the baseline"
    after: str = "this run"


RUN = Sides()
_PATTERN = {*"*?[\\"}  # Git reads a name with one of these as a pattern


def opening(words: str) -> str:
    """Return words with a capital letter at the beginning."""
    return words[:1].upper() + words[1:]


def quoted(word: object, limit: int = 80) -> str:
    """Return a word in backquotes and on one line, shortened to `limit` characters. Backquotes in it become quotes."""
    text = " ".join(str(word).replace("`", "'").split())
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"


def for_shell(command: str, names: Iterable[str], limit: int = 300) -> str:
    """Return a command for a shell with these names after it, in backquotes. `NAME` stands for all of them where it
    would be longer than `limit` characters: half a name would be another command."""
    line = " ".join([command, *map(typed, names)])
    return f"`{line}`" if len(line) <= limit else f"`{command} NAME`"


def typed(name: str) -> str:
    """Return the name of a file, stage, branch or ref as it is typed into a shell. Return `NAME` for a name that a line
    of code can't hold, and for one that Git or DVC would take for an option or a pattern of files."""
    plain = name.isprintable() and "`" not in name and name == " ".join(name.split())
    return shlex.quote(name) if plain and name[:1] not in (":", "-") and not _PATTERN & {*name} else "NAME"


def closed(words: str) -> str:
    """Return sentences of others that ours follow. An odd backquote would turn what follows into code, so backquotes
    then become quotes."""
    return words if words.count("`") % 2 == 0 else words.replace("`", "'")


def some(words: Iterable[str], most: int) -> str:
    """Return at most `most` of these words as they are, and the number of others: `a, b and 3 more`."""
    words = list(words)
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def listed(names: Iterable[str]) -> str:
    """Return up to three names, quoted, as people list them: `a`, `a and b`, `a, b, c and 2 more`."""
    words = [quoted(name) for name in names]
    if len(words) > 3 or len(words) < 2:
        return some(words, 3)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the end of a sentence about an unknown word, and the known word that was probably meant, else empty.

    The end is `did you mean …?`, or the known words where none is near.
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
    """Return what `did_you_mean` does, for words that are commands. A harmful one is never offered.

    `mark`: stands before each name where it is typed, a slash say.
    """
    known = list(known)
    near, feared = safest(word, known, harmful)
    if near:
        return f"did you mean {quoted(mark + near)}?", mark + near
    if feared:
        return f"{quoted(mark + feared)} is near to it, and is only done where it is typed in full.", ""
    return did_you_mean("", known)


def meant(word: str, known: Iterable[str]) -> str:
    """Return only the end of the sentence."""
    return did_you_mean(word, known)[0]
