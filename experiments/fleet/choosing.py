"""The choice of a place for a run: what was asked for, within the operator's bounds."""

import re
from collections.abc import Callable, Sequence

from experiments.durations import spell
from experiments.fleet import sizes
from experiments.fleet.runners import Fleet, Machines, Runner
from experiments.limits import MARGIN
from experiments.placement import EngineKind, Placement, Wish
from experiments.wording import did_you_mean, quoted

TIMEOUT = 7200  # seconds, where no time is asked for and the runner allows as many
_GPU = re.compile(r"(?:[A-Za-z0-9_.-]{1,40}:)?([1-9][0-9]?)")


class OutOfBounds(Exception):
    """What was asked for is not allowed. `sentences` names each request and its bound."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


def usable(fleet: Fleet, repository: str, author: str) -> dict[str, Runner]:
    """Return the runners that this repository and person may use, by name, in the operator's order."""
    return {name: runner for name, runner in fleet.runners.items() if runner.lets(repository, author)}


def both(command: Wish, configuration: Wish) -> Wish:
    """Return one wish of both, where the command's words go before those of the repository's settings.

    Where the command names another runner or a cloud, the settings do not count: they were
    meant for a runner of their own.
    """
    if (command.runner or command.cloud) and command.runner != configuration.runner:
        return command
    return Wish(
        runner=command.runner or configuration.runner,
        cloud=command.cloud or configuration.cloud,
        region=command.region or configuration.region,
        machine=command.machine or configuration.machine,
        gpu=command.gpu or configuration.gpu,
        disk=command.disk or configuration.disk,
        spot=command.spot or configuration.spot,
    )


def choose(fleet: Fleet, wish: Wish, repository: str, author: str, timeout: int = 0) -> tuple[Placement, int]:
    """Return where a run trains, and its limit in seconds. `timeout`: seconds that were asked for; 0 where none were.

    Raises OutOfBounds where a bound of the operator's is exceeded.
    """
    name, runner = _runner(fleet, wish, repository, author)
    found: list[str] = []
    most = int(runner.hours * 3600)
    timeout = timeout or min(TIMEOUT, most)
    if timeout > most:
        found.append(f"{quoted(name)} trains for {spell(most)} at most, and {spell(timeout)} was asked for.")
    if not isinstance(runner, Machines):
        if wish.of_machine:
            found.append(
                f"{quoted(name)} is a machine that is there: region, machine, GPU, disk and spot can't be chosen."
            )
        if found:
            raise OutOfBounds(found)
        return Placement(name, runner.type), timeout
    place = _machine(name, runner, wish, fleet, found)
    hours = (timeout + MARGIN) / 3600
    if not found and place.cap and place.price * hours > place.cap:
        found.append(
            f"{spell(timeout)} of {quoted(place.words)} may cost {place.price * hours:.2f} {fleet.currency}, and "
            f"{place.cap:.2f} are allowed: shorten it with `--timeout`, or take a smaller machine."
        )
    if found:
        raise OutOfBounds(found)
    return place, timeout


def _runner(fleet: Fleet, wish: Wish, repository: str, author: str) -> tuple[str, Runner]:
    theirs = usable(fleet, repository, author)
    if not theirs:
        raise OutOfBounds([f"The operator of this bot lets no runner train {quoted(repository)} for you."])
    if wish.runner:
        if wish.runner not in theirs:
            raise OutOfBounds(
                [f"There is no runner {quoted(wish.runner)} for you: {did_you_mean(wish.runner, theirs)[0]}"]
            )
        theirs = {wish.runner: theirs[wish.runner]}
    if wish.cloud:
        kinds = list(dict.fromkeys(str(each.type) for each in theirs.values()))
        theirs = {name: each for name, each in theirs.items() if each.type == wish.cloud}
        if not theirs:
            raise OutOfBounds([f"No runner is on {quoted(wish.cloud)}: {did_you_mean(wish.cloud, kinds)[0]}"])
    if wish.of_machine and not wish.runner:  # only a runner with machines can be meant
        theirs = {name: each for name, each in theirs.items() if isinstance(each, Machines)} or theirs
    return next(iter(theirs.items()))


def _machine(name: str, runner: Machines, wish: Wish, fleet: Fleet, found: list[str]) -> Placement:
    kind: EngineKind = runner.type  # type: ignore[attr-defined]  # each subclass has one
    region = _one_of(f"the regions of {quoted(name)}", wish.region, runner.regions, kind, sizes.region, found)
    machine = _one_of(f"the machines of {quoted(name)}", wish.machine, runner.machines, kind, sizes.machine, found)
    count = 0
    if wish.gpu:
        match = _GPU.fullmatch(wish.gpu)
        count = int(match[1]) if match else 0
        if not match:
            found.append(f"{quoted(wish.gpu)} is no GPU: write how many, `1`, or which and how many, `a100:2`.")
        elif count > runner.gpus:
            found.append(f"{quoted(name)} gives a run {runner.gpus or 'no'} GPU, and {count} were asked for.")
    if wish.disk > runner.most_disk:
        most = f"{runner.most_disk} GB at most" if runner.most_disk else "no disk to choose"
        found.append(f"{quoted(name)} has {most}, and {wish.disk} GB were asked for.")
    if wish.spot and runner.spot == "never":
        found.append(f"{quoted(name)} has no spot machines.")
    spot = runner.spot == "always" or (wish.spot and runner.spot == "allowed")
    disk = wish.disk or runner.disk
    price, extras = runner.price(machine, spot), runner.extras(0 if kind is EngineKind.AWS else count, disk)
    if (price is None or extras is None) and (runner.cost or fleet.bounded) and not found:
        bound = f"where a run may cost {runner.cost:g}" if runner.cost else "and budgets or approval depend on it"
        what = (
            machine
            if price is None
            else " and ".join(filter(None, ["its GPUs" * bool(count), "its disk" * bool(disk)]))
        )
        costs = f"{quoted(what)} costs" if price is None else f"{what} cost"
        found.append(f"The operator has not said what {costs} on {quoted(name)}, {bound}.")
    on_demand = spot and runner.spot == "allowed"
    return Placement(
        runner=name,
        kind=kind,
        region=region,
        machine=machine,
        gpu=wish.gpu,
        disk=disk,
        spot=spot,
        price=(price or 0.0) + (extras or 0.0),
        price_on_demand=(runner.price(machine) or 0.0) + (extras or 0.0) if on_demand else 0.0,
        cap=runner.cost,
        currency=fleet.currency,
    )


def _one_of(
    what: str,
    word: str,
    allowed: Sequence[str],
    kind: EngineKind,
    translated: Callable[[EngineKind, str], str],
    found: list[str],
) -> str:
    """Return what was asked for in the vendor's words, or the first allowed value where nothing was. Adds a sentence to
    `found` where the value is not allowed."""
    known = {translated(kind, each): each for each in allowed}
    if not word:
        return next(iter(known), "")
    wanted = translated(kind, word)
    if wanted not in known:
        found.append(f"{quoted(word)} is none of {what}: {did_you_mean(word, known.values())[0]}")
    return wanted
