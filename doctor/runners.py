"""Checks each runner of runners.yml: whether a process takes its runs, or its engine answers."""

from collections.abc import Callable, Mapping

from bot.ports.engines import Engine, EngineError, NoRoom
from doctor.finding import DoctorCheck, NotProven, Wrong
from experiments.fleet.runners import Fleet
from experiments.placement import EngineKind
from experiments.wording import quoted

PAGE = "docs/runners/{type}.md has what it needs, and which permissions."


def checks(
    fleet: Fleet, engines: Mapping[str, Callable[[], Engine]], takers: Callable[[str], int], owner: str
) -> tuple[DoctorCheck, ...]:
    """Return a check for each runner.

    `takers` returns how many processes take the runs of the runner of this name; an empty name is the bot's own.
    """

    def process(name: str, kind: EngineKind) -> DoctorCheck:
        theirs = name if kind is EngineKind.RQ else ""
        start = f"python -m trainer {theirs}".strip()
        where = "on that machine" if theirs else "here"
        advice = f"Start `{start}` {where}, as a service that is started again when it ends."
        return DoctorCheck(
            f"runner-{name}", f"Runner {quoted(name)} takes runs", advice, lambda: _taken(takers(theirs)), ("redis",)
        )

    def engine(name: str, kind: EngineKind) -> DoctorCheck:
        advice = PAGE.format(type=kind)
        return DoctorCheck(
            f"runner-{name}", f"Runner {quoted(name)} answers", advice, lambda: _answer(engines[name], owner)
        )

    return tuple(
        process(name, runner.type) if runner.type.queued else engine(name, runner.type)
        for name, runner in fleet.runners.items()
    )


def _taken(count: int) -> str:
    if not count:
        raise Wrong("no process takes what is queued for it")
    return f"{count} at once"


def _answer(make: Callable[[], Engine], owner: str) -> str:
    """Ask the engine for our machines. It only reads: the first run shows whether it may launch one."""
    try:
        found = make().list_owned()
    except NoRoom as away:
        raise NotProven(str(away)) from away
    except EngineError as refused:
        raise Wrong(str(refused)) from refused
    count = f"{len(found)} machine{'' if len(found) == 1 else 's'}"
    return f"{count} of ours, marked {quoted(owner)}; whether it may launch one, the first run shows"
