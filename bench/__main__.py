"""`python -m bench`: measures what people wait for beside what they would use instead, and prints a table.

ROUNDS=5 measures five times (3 by default); one round is a short one that shows that the bench works. ONLY=run,report
chooses rows. WRITE=1 writes docs/performance.md, which all rows have to be measured for.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial

import psutil

from bench import document, listing, one_run, processes, second_run, sweep, waiting, webhook_row
from bench.row import Figure
from bench.table import aligned
from bench.town import town
from demo.processes import adopt_orphans, end
from demo.stage import ROOT
from demo.trouble import DemoTrouble

OF_TOWN = {"sweep": sweep, "run": one_run, "report": one_run, "waiting": waiting, "table": listing}
ALONE = {"webhook": webhook_row, "processes": processes, "second-run": second_run}
ROWS = ("sweep", "run", "webhook", "waiting", "report", "table", "processes", "second-run")
LEAST = 3  # rounds of what is written down


def main(environ: Mapping[str, str]) -> int:
    """Return 0 when everything was measured, whatever the results are; 2 for what cannot be asked for."""
    asked, only = environ.get("ROUNDS") or "3", [*filter(None, environ.get("ONLY", "").split(","))] or [*ROWS]
    rounds = int(asked) if asked.isdecimal() else 0
    if not rounds:
        print(f"ROUNDS={asked} is no number of rounds: choose one from 1 on.", file=sys.stderr)
        return 2
    if unknown := set(only) - set(ROWS):
        print(f"No row is called {', '.join(sorted(unknown))}: there are {', '.join(ROWS)}.", file=sys.stderr)
        return 2
    if environ.get("WRITE") and (rounds < LEAST or set(only) != set(ROWS)):
        print(f"What is written down has all rows and {LEAST} rounds: leave ONLY out.", file=sys.stderr)
        return 2
    adopt_orphans()
    try:
        found = _measured(rounds, only, environ)
    except DemoTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    finally:
        end(psutil.Process().children(recursive=True))
    print(f"\n{document.machine()}\n\n{aligned(found)}")
    if environ.get("WRITE"):
        document.PAGE.write_text(document.page(found))
    return 0


def _measured(rounds: int, only: Sequence[str], environ: Mapping[str, str]) -> list[Figure]:
    found: list[Figure] = []
    in_town = dict.fromkeys(OF_TOWN[name] for name in only if name in OF_TOWN)  # one module may measure two rows
    if in_town:
        print("Getting the bot and its repositories ready …", flush=True)
        with town(ROOT / ".bench", environ) as here:
            for module in in_town:
                found += _told(partial(module.figures, here, rounds), module.__name__)
    for name in only:
        if name in ALONE:
            found += _told(partial(ALONE[name].figures, rounds), name)
    return sorted((each for each in found if each.row in only), key=lambda each: ROWS.index(each.row))


def _told(measure: "partial[tuple[Figure, ...]]", name: str) -> tuple[Figure, ...]:
    print(f"Measuring {name.removeprefix('bench.')} …", flush=True)
    found = measure()
    print(aligned(found), flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(os.environ))
