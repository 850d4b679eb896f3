"""`python -m operate.switch pause|drain|resume|show`: whether runs begin and machines are launched."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.durations import spell
from experiments.fleet.ledger import AuditEntry, account
from services.files.audit import AuditLog

LOOK = 5.0  # seconds between two looks while it drains


def main(
    arguments: Sequence[str] | None = None,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Return 0 when done. `drain` returns when no launched machine is left; Ctrl-C leaves the bot paused."""
    parser = argparse.ArgumentParser(prog="python -m operate.switch", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("pause", "drain", "resume", "show"))
    parser.add_argument("why", nargs="*", help="shown to everybody whose run waits")
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("DATA_DIR"), help="else DATA_DIR")
    options = parser.parse_args(arguments)
    if not options.data_dir:
        parser.error("DATA_DIR is not set, and --data-dir was not given: give one of them.")
    if not Path(options.data_dir).is_dir():
        parser.error(f"{options.data_dir} is no folder: DATA_DIR of the bot is meant.")
    audit = AuditLog(Path(options.data_dir) / "audit")
    if options.what in ("pause", "drain"):
        audit.pause(" ".join(options.why) or "the operator did not say why")
    if options.what == "resume":
        audit.resume()
    _say(f"Paused: {why}." if (why := audit.paused()) else "Runs begin, and machines are launched.")
    left = list(audit.there(now()).values())
    _show(audit, left, now())
    while options.what == "drain" and left:
        sleep(LOOK)
        before, left = left, list(audit.there(now()).values())
        if left != before:
            _show(audit, left, now())
    return 0


def _show(audit: AuditLog, there: Sequence[AuditEntry], at: float) -> None:
    for entry in there:
        since = spell(at - entry.at)
        _say(f"{entry.runner}: {entry.machine} for {entry.repository}#{entry.pull} of {entry.person}, for {since}")
    spent = account(audit.month(at))
    money = f"{spent.spent:.2f} spent, {spent.reserved:.2f} reserved, {spent.hours:.1f} h"
    _say(f"{len(there)} machine{'' if len(there) == 1 else 's'}; this month {money}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
