"""What is said where the repository's gates do not hold."""

from collections.abc import Sequence

from reports.text.markdown import plain, sentence

LONGEST = 120  # characters of a title


def gate_title(failing: Sequence[str]) -> str:
    """Plain text: `Gate: accuracy is 0.85, below 0.9`, and how many more there are."""
    more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
    return f"{plain('Gate: ' + failing[0].replace('`', ''), LONGEST)}{more}"


def gate_line(failing: Sequence[str], words: int) -> str:
    """One line; empty where all hold."""
    return f"**✕ Gate:** {sentence('; '.join(failing) + '.', words)}" if failing else ""
