"""What the bot says where gates do not hold."""

from collections.abc import Sequence

from reports.text.markdown import plain, sentence

LONGEST = 120  # characters of a title


def gate_title(failing: Sequence[str]) -> str:
    """Return a title as plain text, `Gate: accuracy is 0.85, below 0.9`, with the number of further gates."""
    more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
    return f"{plain('Gate: ' + failing[0].replace('`', ''), LONGEST)}{more}"


def gate_line(failing: Sequence[str], words: int) -> str:
    """Return a line with all gates that do not hold. Empty where all hold. `words`: most characters."""
    return f"**✕ Gate:** {sentence('; '.join(failing) + '.', words)}" if failing else ""
