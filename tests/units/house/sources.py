"""The source files of the program, for tests that read all of them."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = (
    *("bot", "experiments", "handlers", "reports", "services", "runners", "operate", "web"),
    *("sandbox", "demo", "bench", "doctor", "docs"),
)


def sources() -> list[Path]:
    """Return the path of each Python file of the program, tests left out."""
    return [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
