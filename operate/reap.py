"""`python -m operate.reap`: shows our machines, and which are past their time; with `--yes` it ends those.

It asks the engines only, and needs neither Redis nor GitHub: RUNNERS and PUBLIC_URL (or --owner) say where to look and
for whose machines.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time

from bot.ports.engines import Engine, EngineError, Machine, NoRoom
from bot.settings import owner_of
from experiments.durations import spell
from experiments.fleet.ledger import AuditEntry, closing
from experiments.fleet.reading import FleetError, read_fleet
from experiments.fleet.reaping import LATE
from runners.registry import engines
from services.files.audit import AuditLog

GRACE = 30  # seconds
BY_HAND = "by hand"  # the reason in the log


@dataclass(frozen=True)
class ReapArguments:
    """Which machines are to be ended."""

    everything: bool  # also those that are within their time
    really: bool  # end them, instead of only showing them


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 where every runner was asked, 1 where one could not be.

    Exits with 2 where it cannot know where to look.
    """
    parser = argparse.ArgumentParser(prog="python -m operate.reap", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runners", type=Path, default=os.environ.get("RUNNERS"), help="runners.yml; else RUNNERS")
    parser.add_argument("--owner", default="", help="the mark of our machines; else the file's, else PUBLIC_URL's host")
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("DATA_DIR"), help="for the log; else DATA_DIR")
    parser.add_argument("--all", action="store_true", help="all that is ours, also within its time")
    parser.add_argument("--yes", action="store_true", help="end them; without it they are only shown")
    options = parser.parse_args(arguments)
    if not options.runners:
        parser.error("RUNNERS is not set, and --runners was not given: give one of them.")
    try:
        fleet = read_fleet(Path(options.runners).read_text())
    except (OSError, FleetError) as error:
        parser.error(f"{options.runners}: {error}")
    owner = options.owner or fleet.owner or owner_of(os.environ.get("PUBLIC_URL", ""))
    if not owner:
        parser.error("whose machines are meant? Set PUBLIC_URL, or give --owner.")
    audit = AuditLog(Path(options.data_dir) / "audit") if options.data_dir else None
    wanted = ReapArguments(options.all, options.yes)
    if wanted.everything and wanted.really and not (audit and audit.paused()):
        _say("A bot that is running launches them again, unless `python -m operate.switch pause` keeps it from that.")
    there = engines(fleet.runners, owner).items()
    results = [reap(name, make, wanted, audit, time()) for name, make in there]
    return 0 if all(results) else 1


def reap(name: str, make: Callable[[], Engine], wanted: ReapArguments, audit: AuditLog | None, now: float) -> bool:
    """Reap the machines of one runner; return whether the runner could be asked."""
    try:
        engine = make()
        for machine in engine.list_owned():
            late = machine.expires and now > machine.expires + LATE
            goes = wanted.everything or late
            _say(f"{name}: {_described(machine, now)}{_verb(bool(goes), wanted.really)}")
            if goes and wanted.really:
                engine.cancel(machine, GRACE)
                if audit:
                    _note(audit, name, machine, now)
    except (NoRoom, EngineError) as error:
        _say(f"{name}: {error}")
        return False
    return True


def _note(audit: AuditLog, runner: str, machine: Machine, now: float) -> None:
    """Write the end into the log, with the most that the machine cost where its launch is known."""
    launch = audit.there(now).get(machine.name)
    if launch is None:
        audit.note(AuditEntry(now, "reap", machine.name, runner, machine.run, machine.attempt, why=BY_HAND))
        return
    hours = (now - launch.at) / 3600
    audit.close(closing(launch, "reap", now, hours, launch.price, BY_HAND), launch.at)


def _described(machine: Machine, now: float) -> str:
    left = machine.expires - now
    when = "its engine ends it at its limit"
    if machine.expires:
        when = f"{spell(left)} left" if left > 0 else f"{spell(-left)} past its limit"
    return f"{machine.name} ({machine.id}, {machine.condition}, {when})"


def _verb(goes: bool, really: bool) -> str:
    if not goes:
        return ": stays"
    return ": ended" if really else ": would be ended (--yes does it)"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
