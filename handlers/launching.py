"""A machine for an attempt: launched once, however often this is done, and never without being written down first."""

from dataclasses import replace

from bot.booting import machine_name
from bot.engines import EngineError, Machine, NoRoom, Order
from bot.errors import TryLater
from bot.ports import Ports
from experiments.fleet.ledger import Entry, beyond
from experiments.fleet.runners import Machines, Slurm
from experiments.place import MARGIN, Kind, Rented, worst_cost
from experiments.run import Ended, Run, State, observe
from reports import reasons

AGAIN = 60  # seconds until it is tried again where there is no machine
NOTICE = ("--notice", "http://169.254.169.254")  # EC2's word that a spot machine is taken away


def launch(ports: Ports, run_id: str, now: float) -> None:
    """For the run's present attempt. TryLater where there is no machine now; a run that can't have one has failed."""
    run = ports.store.get(run_id)
    if run is None or run.state is not State.QUEUED or run.token_hash:
        return
    if run.rented and (run.rented.id or run.rented.ended):
        return  # it is on its way, or was
    place = run.experiment.place
    runner = ports.runners.fleet.runners.get(place.runner)
    if not isinstance(runner, Machines) or runner.type is not place.kind:
        _fail(ports, run, reasons.runner_gone(place.runner), now)
        return
    may, spent = worst_cost(place, run.experiment.timeout), run.cost(now)
    if place.cap and spent and spent + may > place.cap:
        _fail(ports, run, reasons.cap_reached(spent, may, place.cap, place.currency), now)
        return
    if why := _waits(ports, run, runner):
        _wait(ports, run, why)
    rent = run.rented or _rent(run, ports.runners.owner, now)
    entry = entry_of(run, rent)
    fleet, whose = ports.runners.fleet, (entry.repository, entry.person, entry.money)
    if why_not := ports.runners.audit.reserve(entry, lambda known: beyond(fleet, known, *whose)):
        _fail(ports, run, why_not, now)
        return
    # Known before there is one, so that a bot that dies now knows which name to look for.
    run = ports.store.update(run_id, lambda seen: _with(seen, rent))
    if run.rented != rent or run.state is not State.QUEUED:
        return
    try:
        machine = ports.runners.engines[place.runner]().launch(_order(ports, run, runner, rent))
    except NoRoom as none:
        _give_back(ports, run, rent, str(none), now)
        _wait(ports, run, str(none))
    except EngineError as refused:
        _give_back(ports, run, rent, str(refused), now)
        _fail(ports, run, reasons.no_machine(place.runner, str(refused)), now)
    else:
        ports.store.update(run_id, lambda seen: replace(_with(seen, _known(rent, machine, run)), waits=machine.said))


def _rent(run: Run, owner: str, now: float) -> Rented:
    place, attempt = run.experiment.place, run.attempt
    expires = now + run.experiment.timeout + MARGIN
    return Rented(machine_name(owner, run.id, attempt), attempt, now, expires, spot=place.spot, price=place.dearest)


def _known(rent: Rented, machine: Machine, run: Run) -> Rented:
    """With what the engine says of it."""
    place = run.experiment.place
    price = place.price if machine.spot == place.spot else place.dearest
    return replace(rent, id=machine.id, zone=machine.zone, spot=machine.spot, price=price)


def _with(run: Run, rent: Rented) -> Run:
    if run.attempt != rent.attempt:
        return run
    return replace(run, machines=(*(each for each in run.machines if each.attempt != rent.attempt), rent), waits="")


def _order(ports: Ports, run: Run, runner: Machines, rent: Rented) -> Order:
    place = run.experiment.place
    home = runner.home if isinstance(runner, Slurm) else ""
    script = ports.runners.boot.script(run, home, NOTICE if place.kind is Kind.AWS else ())
    return Order(rent.name, run.id, run.attempt, place, script, run.experiment.timeout + MARGIN, rent.expires)


def _waits(ports: Ports, run: Run, runner: Machines) -> str:
    """Why it is not its turn; empty where it is."""
    if why := ports.runners.audit.paused():
        return reasons.paused(why)
    if not runner.at_once:
        return ""
    others = [each for each in ports.store.active() if each.id != run.id and each.rented and not each.rented.ended]
    taken = sum(each.experiment.place.runner == run.experiment.place.runner for each in others)
    return reasons.all_taken(run.experiment.place.runner, runner.at_once) if taken >= runner.at_once else ""


def _wait(ports: Ports, run: Run, why: str) -> None:
    """TryLater, and its check run says why."""
    if ports.store.update(run.id, lambda seen: replace(seen, waits=why)) != run:
        ports.queue.announce(run)
        ports.queue.refresh(run.experiment.repository, run.experiment.pull)
    raise TryLater(why, AGAIN)


def _give_back(ports: Ports, run: Run, rent: Rented, why: str, now: float) -> None:
    """No machine came of it: what was reserved is free again."""
    ports.runners.audit.close(replace(entry_of(run, rent), at=now, what="end", money=0.0, why=why), rent.launched)

    def without(seen: Run) -> Run:
        return replace(seen, machines=tuple(each for each in seen.machines if each.name != rent.name))

    ports.store.update(run.id, without)


def _fail(ports: Ports, run: Run, reason: str, now: float) -> None:
    ports.queue.finish(ports.store.update(run.id, lambda seen: observe(seen, Ended(State.FAILED, reason), now)))


def entry_of(run: Run, rent: Rented) -> Entry:
    experiment = run.experiment
    return Entry(
        at=rent.launched,
        what="launch",
        machine=rent.name,
        runner=experiment.place.runner,
        run=run.id,
        attempt=rent.attempt,
        repository=experiment.repository.full_name,
        person=experiment.author,
        pull=experiment.pull,
        place=experiment.place.words,
        money=worst_cost(experiment.place, experiment.timeout),
    )
