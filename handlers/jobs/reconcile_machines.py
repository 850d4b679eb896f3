"""Compare our machines, as engines report them, with the runs: record which are gone, and reap the needless."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.ports import Ports
from bot.ports.engines import Condition, Engine, EngineError, Machine, NoRoom
from experiments.fleet.ledger import AuditEntry, closing
from experiments.fleet.reaping import LATE, needless
from experiments.placement import Lease
from experiments.run import Ended, Run, lost, observe, renting
from experiments.run_state import RunState
from handlers.jobs.launch_machine import entry_of
from reports.messages import run_reasons

GRACE = 30  # seconds that a machine has to end by itself

log = logging.getLogger(__name__)


def watch(ports: Ports, now: float) -> None:
    """Look at the machines of every runner that launches some. Skip a runner whose engine does not answer."""
    for name, make in ports.runners.engines.items():
        try:
            _watch(ports, name, make(), now)
        except (NoRoom, EngineError) as refused:
            log.warning("runner %s can't be looked at: %s", name, refused)


def _watch(ports: Ports, name: str, engine: Engine, now: float) -> None:
    owned = {machine.name: machine for machine in engine.list_owned()}
    for run in _runs(ports, name, list(owned.values()), now):
        for rent in run.machines:
            unwanted = run.state.ended or run.attempt.number != rent.attempt
            # A machine without id is being launched now, unless the launching job died.
            if rent.ended is None and (rent.id or unwanted):
                _look(ports, engine, run, rent, owned.get(rent.name), now)
    for machine in owned.values():
        if why := needless(ports.store.get(machine.run), machine.attempt, machine.expires, now):
            _reap(ports, engine, name, machine, why, now)


def _runs(ports: Ports, runner: str, owned: Sequence[Machine], now: float) -> list[Run]:
    """Return the runs with machines of this runner, owned ones or ones without a known end among them."""
    ids = {entry.run for entry in ports.runners.audit.there(now).values()}
    ids |= {machine.run for machine in owned} | {run.id for run in ports.store.moving(runner) if run.machines}
    found = filter(None, map(ports.store.get, sorted(ids)))
    return [run for run in found if run.experiment.execution.place.runner == runner and run.machines]


def _look(ports: Ports, engine: Engine, run: Run, rent: Lease, machine: Machine | None, now: float) -> None:
    """Record the condition of a machine that is ours as far as we know."""
    if machine is None:
        known = Machine(rent.name, rent.id, run.id, rent.attempt, Condition.RUNNING, rent.expires, rent.zone, rent.spot)
        machine = engine.status(known)
    if machine.condition is Condition.ENDED:
        reason = machine.message or ("" if rent.booted else _last_line(engine.logs(machine)))
        _over(ports, run, rent, End("end", reason, machine.interrupted), now)
    elif machine.condition is Condition.RUNNING and rent.began is None:
        ports.store.update(run.id, lambda seen: _begun(seen, rent.name, now))
    elif machine.condition is Condition.PENDING and machine.message != run.attempt.waits and run.unclaimed:
        waits = machine.message

        def noted(seen: Run) -> Run:
            return replace(seen, attempt=replace(seen.attempt, waits=waits)) if seen.awaits(rent) else seen

        ports.store.update(run.id, noted)
        ports.queue.announce(run)


def _begun(run: Run, name: str, now: float) -> Run:
    rent = run.machine(name)
    return renting(run, replace(rent, began=now)) if rent and rent.began is None else run


def _last_line(log: str) -> str:
    """Return the last line that a machine's script printed, which names the reason where it could not start."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _reap(ports: Ports, engine: Engine, runner: str, machine: Machine, why: str, now: float) -> None:
    """End a machine, and record that in the log of machines."""
    log.warning("machine %s of %s is ended: %s", machine.name, runner, why)
    engine.cancel(machine, GRACE)
    run = ports.store.get(machine.run)
    rent = run.machine(machine.name) if run else None
    if run and rent and rent.ended is None:
        _over(ports, run, rent, End("reap", why), now)
    else:
        ports.runners.audit.note(AuditEntry(now, "reap", machine.name, runner, machine.run, machine.attempt, why=why))


@dataclass(frozen=True)
class End:
    """How a machine ended."""

    what: Literal["end", "reap"]
    why: str
    interrupted: bool = False


def _over(ports: Ports, run: Run, rent: Lease, end: End, now: float) -> None:
    """Record that a machine is gone, with what it cost. Let an unfinished attempt go on elsewhere."""
    # The bot may have been away and see this late; no machine is there for longer than its limit.
    limit = (rent.began or now) + rent.expires - rent.launched + LATE
    over = replace(rent, ended=min(now, limit), interrupted=end.interrupted)
    entry = closing(entry_of(run, rent), end.what, now, over.hours(now), over.price, end.why)
    ports.runners.audit.close(entry, rent.launched)
    changed = ports.store.update(run.id, lambda seen: _without(seen, over, end, now))
    if changed.state.ended:
        ports.queue.finish(changed)
    elif changed.attempt.number > rent.attempt and changed.unclaimed and not changed.rented:
        ports.queue.train(changed)
        ports.queue.announce(changed)
    ports.queue.refresh(changed.experiment.pull_ref)
    _next(ports, changed.experiment.execution.place.runner)


def _next(ports: Ports, runner: str) -> None:
    """Hurry the run that has waited longest for a machine of this runner."""
    waiting = [run for run in ports.store.moving(runner) if run.unclaimed and not run.rented]
    if waiting:
        ports.queue.hurry(min(waiting, key=lambda run: run.created))


def _without(run: Run, over: Lease, end: End, now: float) -> Run:
    """Return the run without its machine, which is gone."""
    run = renting(run, over)
    if run.attempt.number != over.attempt or run.state.ended or run.state is RunState.FINISHING:
        return run
    runner = run.experiment.execution.place.runner
    if end.what == "reap" and run.state is not RunState.QUEUED:  # its agent did not stop, and would not the next time
        return observe(run, Ended(RunState.TIMED_OUT, run_reasons.past_limit(runner)), now)
    reason_of = run_reasons.machine_gone if over.booted or run.attempt.token_hash else run_reasons.no_word
    return lost(run, reason_of(runner, end.why), now)
