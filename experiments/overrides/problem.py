"""What is wrong with one `-S` edit, and at which characters."""

from dataclasses import dataclass

from experiments.overrides.grammar import RefusedToken


@dataclass(frozen=True)
class EditProblem:
    """What is wrong with one edit, with the place of a caret under it. The text is not escaped yet."""

    token: int  # index of the edit
    start: int  # the characters at fault are `token[start:end]`
    end: int
    message: str  # a sentence, code in backquotes
    fix: str = ""  # the corrected token; empty where none can be guessed


def problem(index: int, token: str, refused: RefusedToken) -> EditProblem:
    """Return the problem of the edit with this index."""
    start = max(0, min(refused.start, len(token)))
    return EditProblem(index, start, max(start, min(refused.end, len(token))), refused.message, refused.fix)
