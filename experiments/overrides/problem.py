"""What is wrong with one `-S` edit, and where in it."""

from dataclasses import dataclass

from experiments.overrides.grammar import Refused


@dataclass(frozen=True)
class Problem:
    """What is wrong with one edit, for a caret under it. Whoever shows it escapes it."""

    token: int  # index of the edit
    start: int  # characters of the token, `token[start:end]`
    end: int
    message: str  # a sentence, code in backquotes
    fix: str = ""  # the corrected token; empty where none can be guessed


def problem(index: int, token: str, refused: Refused) -> Problem:
    """Of the edit with this index."""
    start = max(0, min(refused.start, len(token)))
    return Problem(index, start, max(start, min(refused.end, len(token))), refused.message, refused.fix)
