"""Launch a machine for an attempt: once, however often this is repeated, and never before it is recorded."""

from dataclasses import replace
from typing import NoReturn

from bot.boot_script import machine_name
from bot.errors import TryLater
from bot.ports import Ports
from bot.ports.engines import EngineError, Machine, NoRoom, Order
from experiments.fleet.ledger import AuditEntry, beyond, closing
from experiments.fleet.runners import Machines
from experiments.limits import MARGIN
from experiments.placement import Lease, worst_cost
from experiments.run import Ended, Run, observe, renting
from experiments.run_state import RunState
from reports.messages import run_reasons

WORTHWHILE = 60  # seconds of training that have to be left for a machine to be launched
AGAIN = 60  # seconds until the next try where there is no machine


def launch(ports: Ports, run_id: str, now: float) -> None:
    """Launch a machine for the run's present attempt. Let a run fail that can't have one.

    Raise TryLater where there is no machine now, or while the operator has paused launching.
    """
    run = ports.store.get(run_id)
    if run is None or not run.unclaimed or (run.rented and (run.rented.id or run.rented.ended)):
        return  # its machine was launched, or is being launched
    if why := ports.runners.audit.paused():
        _wait(ports, run, run_reasons.paused(why))
    if run.experiment.execution.place.kind.queued:  # it needs no machine: only the operator's pause held it back
        ports.queue.train(ports.store.update(run_id, lambda seen: _waiting(seen, "")))
        return
    runner = ports.runners.fleet.runners.get(run.experiment.execution.place.runner)
    if not isinstance(runner, Machines) or runner.type is not run.experiment.execution.place.kind:
        _fail(ports, run, run_reasons.runner_gone(run.experiment.execution.place.runner), now)
        return
    rent = run.rented or _rent(run, runner, ports.runners.owner, now)
    if why_not := _refusal(ports, run, runner, now) or _reserved(ports, run, rent):
        _fail(ports, run, why_not, now)
        return
    # Recorded before the launch, so that the bot knows which name to look for if it dies now.
    if ports.store.update(run_id, lambda seen: _written(seen, rent)).awaits(rent):
        _fetch(ports, run, runner, rent, now)


def _refusal(ports: Ports, run: Run, runner: Machines, now: float) -> str:
    """Return why a run can't have a machine; empty where it may. Raise TryLater while it is not its turn."""
    place = run.experiment.execution.place
    if run.time_left(now) < WORTHWHILE:
        return run_reasons.time_used(run.experiment.execution.timeout, run.attempt.number - 1)
    if runner.at_once and _before(ports, run) >= runner.at_once:
        _wait(ports, run, run_reasons.all_taken(place.runner, runner.at_once))
    return ""


def _reserved(ports: Ports, run: Run, rent: Lease) -> str:
    """Reserve the money for a machine. Return why the month's budgets do not allow it; empty where it is reserved."""
    fleet, entry = ports.runners.fleet, entry_of(run, rent)
    whose = (entry.repository, entry.person, entry.money)
    return ports.runners.audit.reserve(entry, lambda known: beyond(fleet, known, *whose))


def _written(run: Run, rent: Lease) -> Run:
    return _waiting(renting(run, rent), "") if run.awaits(rent) else run


def _fetch(ports: Ports, run: Run, runner: Machines, rent: Lease, now: float) -> None:
    """Have the engine launch the machine. Raise TryLater where it has no room; let the run fail where it refuses."""
    place = run.experiment.execution.place
    try:
        machine = ports.runners.engines[place.runner]().launch(_order(ports, run, runner, rent))
    except NoRoom as none:
        _give_back(ports, run, rent, str(none), now)
        _wait(ports, run, str(none))
    except EngineError as refused:
        _give_back(ports, run, rent, str(refused), now)
        _fail(ports, run, run_reasons.no_machine(place.runner, str(refused)), now)
    else:
        ports.store.update(run.id, lambda seen: _answered(seen, rent.name, machine))


def _rent(run: Run, runner: Machines, owner: str, now: float) -> Lease:
    place, attempt = run.experiment.execution.place, run.attempt.number
    expires = now + run.time_left(now) + MARGIN
    began = now if runner.counts_from_launch else None
    name = machine_name(owner, run.id, attempt)
    return Lease(name, attempt, now, expires, spot=place.spot, price=place.dearest, began=began)


def _answered(run: Run, name: str, machine: Machine) -> Run:
    """Return the run with what the engine says of its machine. Keep what a faster agent has told already."""
    rent, place = run.machine(name), run.experiment.execution.place
    if rent is None:
        return run
    price = place.price if machine.spot == place.spot else place.dearest
    known = replace(rent, id=machine.id or machine.name, zone=machine.zone, spot=machine.spot, price=price)
    return _waiting(renting(run, known), machine.message)


def _waiting(run: Run, why: str) -> Run:
    """Return the run with the reason why it waits, as long as it does."""
    return replace(run, attempt=replace(run.attempt, waits=why)) if run.unclaimed else run


def _order(ports: Ports, run: Run, runner: Machines, rent: Lease) -> Order:
    options = runner.agent_options(run.experiment.repository.full_name)
    script = ports.runners.boot.script(run, runner.agent_home, runner.isolation, options)
    limit = run.time_left(rent.launched) + MARGIN
    return Order(rent.name, run.id, run.attempt.number, run.experiment.execution.place, script, limit, rent.expires)


def _before(ports: Ports, run: Run) -> int:
    """Return how many runs go first: those with a machine of this runner, and earlier ones that wait for the same."""
    found = ports.store.moving(run.experiment.execution.place.runner)
    theirs = [each for each in found if each.id != run.id and not each.state.ended]
    taken = sum(bool(each.rented and not each.rented.ended) for each in theirs)
    place = run.experiment.execution.place
    earlier = [each for each in theirs if each.created < run.created and each.experiment.execution.place == place]
    return taken + sum(each.unclaimed and not each.rented for each in earlier)


def _wait(ports: Ports, run: Run, why: str) -> NoReturn:
    """Record why the run waits, show it, and raise TryLater."""
    if ports.store.update(run.id, lambda seen: _waiting(seen, why)) != run:
        ports.queue.announce(run)
        ports.queue.refresh(run.experiment.pull_ref)
    raise TryLater(why, AGAIN)


def _give_back(ports: Ports, run: Run, rent: Lease, why: str, now: float) -> None:
    """Free the reserved money, since no machine was launched."""
    ports.runners.audit.close(closing(entry_of(run, rent), "end", now, 0.0, rent.price, why), rent.launched)

    def without(seen: Run) -> Run:
        return replace(seen, machines=tuple(each for each in seen.machines if each.name != rent.name))

    ports.store.update(run.id, without)


def _fail(ports: Ports, run: Run, reason: str, now: float) -> None:
    ports.queue.finish(ports.store.update(run.id, lambda seen: observe(seen, Ended(RunState.FAILED, reason), now)))


def entry_of(run: Run, rent: Lease) -> AuditEntry:
    experiment = run.experiment
    return AuditEntry(
        at=rent.launched,
        what="launch",
        machine=rent.name,
        runner=experiment.execution.place.runner,
        run=run.id,
        attempt=rent.attempt,
        repository=experiment.repository.full_name,
        person=experiment.asked.author,
        pull=experiment.pull,
        place=experiment.execution.place.words,
        price=rent.price,
        money=worst_cost(experiment.execution.place, run.time_left(rent.launched)),
    )
