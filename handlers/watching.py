"""What engines say of our machines is compared with what is known of runs: who has gone is noted, who need not be
there goes."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.engines import Condition, Engine, EngineError, Machine, NoRoom
from bot.ports import Ports
from experiments.fleet.ledger import Entry, still_open
from experiments.fleet.reaping import needless
from experiments.place import Rented
from experiments.run import Run, State, lost
from handlers.launching import entry_of
from reports import reasons

GRACE = 30  # seconds
RECENT = 8 * 86400  # seconds; a machine lives no longer

log = logging.getLogger(__name__)


def watch(ports: Ports, now: float) -> None:
    """Every runner that launches machines. One that can't be asked now keeps nobody from the others."""
    for name, make in ports.runners.engines.items():
        try:
            _watch(ports, name, make(), now)
        except NoRoom as away:
            log.warning("runner %s can't be looked at: %s", name, away)
        except EngineError:
            log.exception("runner %s can't be looked at", name)


def _watch(ports: Ports, name: str, engine: Engine, now: float) -> None:
    owned = {machine.name: machine for machine in engine.list_owned()}
    for run in _runs(ports, name, list(owned.values()), now):
        for rent in run.machines:
            if rent.ended is None and rent.id:
                _look(ports, engine, run, rent, owned.get(rent.name), now)
    for machine in owned.values():
        if why := needless(ports.store.get(machine.run), machine.attempt, machine.expires, now):
            _reap(ports, engine, name, machine, why, now)


def _runs(ports: Ports, runner: str, owned: Sequence[Machine], now: float) -> list[Run]:
    """Those that have, or had, machines of this runner of which no end is known."""
    log = (*ports.runners.audit.month(now - RECENT), *ports.runners.audit.month(now))
    ids = {entry.run for entry in still_open(log).values()}
    ids |= {machine.run for machine in owned} | {run.id for run in ports.store.active()}
    found = filter(None, map(ports.store.get, sorted(ids)))
    return [run for run in found if run.experiment.place.runner == runner and run.machines]


def _look(ports: Ports, engine: Engine, run: Run, rent: Rented, machine: Machine | None, now: float) -> None:
    """At a machine that is ours as far as we know."""
    if machine is None:
        known = Machine(rent.name, rent.id, run.id, rent.attempt, Condition.RUNNING, rent.expires, rent.zone, rent.spot)
        machine = engine.status(known)
    if machine.condition is Condition.ENDED:
        said = machine.said or ("" if rent.booted else _last_line(engine.logs(machine)))
        _ended(ports, run, rent, replace(machine, said=said), now)
    elif machine.condition is Condition.PENDING and machine.said != run.waits and run.state is State.QUEUED:
        ports.store.update(run.id, lambda seen: replace(seen, waits=machine.said))
        ports.queue.announce(run)


def _last_line(log: str) -> str:
    """Of what its script printed: the reason, where it could not begin."""
    said = [line.strip() for line in log.splitlines() if line.strip()]
    return said[-1][:200] if said else ""


def _ended(ports: Ports, run: Run, rent: Rented, machine: Machine, now: float) -> None:
    """It is gone: what it cost is known, and an attempt that was not through goes on elsewhere."""
    over = replace(rent, ended=now, interrupted=machine.interrupted)
    entry = replace(
        entry_of(run, rent), at=now, what="end", money=over.cost(now), hours=over.hours(now), why=machine.said
    )
    ports.runners.audit.close(entry, rent.launched)
    runner = run.experiment.place.runner
    said = reasons.machine_gone if rent.booted or run.token_hash else reasons.no_word

    def gone(seen: Run) -> Run:
        seen = replace(seen, machines=tuple(over if each.name == rent.name else each for each in seen.machines))
        theirs = seen.attempt == rent.attempt and not seen.state.ended and seen.state is not State.FINISHING
        return lost(seen, said(runner, machine.said), now) if theirs else seen

    changed = ports.store.update(run.id, gone)
    if changed.state.ended:
        ports.queue.finish(changed)
    elif changed.attempt > rent.attempt and changed.state is State.QUEUED and not changed.rented:
        ports.queue.train(changed)
        ports.queue.announce(changed)
    ports.queue.refresh(changed.experiment.repository, changed.experiment.pull)


def _reap(ports: Ports, engine: Engine, runner: str, machine: Machine, why: str, now: float) -> None:
    """It goes, and the log says so. What it cost is noted with its end, where its run is known."""
    log.warning("machine %s of %s is ended: %s", machine.name, runner, why)
    engine.cancel(machine, GRACE)
    run = ports.store.get(machine.run)
    rent = next((each for each in run.machines if each.name == machine.name), None) if run else None
    if run and rent and rent.ended is None:
        over = replace(rent, ended=now)
        noted = entry_of(run, rent)
        closing = replace(noted, at=now, what="reap", money=over.cost(now), hours=over.hours(now), why=why)
        ports.runners.audit.close(closing, rent.launched)
        ports.store.update(
            run.id,
            lambda seen: replace(
                seen, machines=tuple(over if each.name == rent.name else each for each in seen.machines)
            ),
        )
    else:
        ports.runners.audit.note(Entry(now, "reap", machine.name, runner, machine.run, machine.attempt, why=why))
