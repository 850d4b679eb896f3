"""docs/performance.md: the table of a bench that nothing disturbed, and what limits each row."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

from bench.limits import LIMITS
from bench.row import Figure
from bench.table import markdown
from demo.stage import ROOT

PAGE = ROOT / "docs" / "performance.md"
_HEAD = """# How long people wait

`make bench` measures what people wait for, beside what they would use instead, on the same machine, in the same run and
in turns. The ratio is what counts: the seconds are one machine's. `make bench ONLY=sweep,run` measures some rows, and
`ROUNDS=5 make bench` more rounds; one round is a short one with fewer experiments, which shows that the bench works.
`WRITE=1 make bench` writes this page. It belongs on a machine where nothing else runs, since other work slows both
sides, and not equally. [ADR 24](adr/0024-bench.md) has a table of what each row measures, beside what, and how."""
_NOTHING = "No measurement of a quiet machine is written down yet."


def page(figures: Sequence[Figure]) -> str:
    """Return the whole page; without figures, it says that none are there."""
    now = f"{datetime.now(UTC):%d %B %Y}"
    measured = f"Measured on {now}: {machine()}.\n\n{markdown(figures)}" if figures else _NOTHING
    limits = "\n".join(f"- **{row}**: {words}" for row, words in LIMITS.items())
    return f"{_HEAD}\n\n## Figures\n\n{measured}\n\n## What limits each row now\n\n{limits}\n"


def machine() -> str:
    """Return the kind of machine: system, processor's family, cores, memory and Python."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}"
    )
