"""The parameters of an experiment brought onto another commit: a three-way merge by value, not by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments import params
from experiments.snapshot import Value


class Gone:
    """There is no such parameter."""

    def __repr__(self) -> str:
        return "absent"


GONE = Gone()


@dataclass(frozen=True)
class Change:
    """One parameter an experiment set."""

    file: str
    key: str
    before: Value  # at its baseline, GONE where it is new
    after: Value  # in the experiment, GONE where it was taken away


@dataclass(frozen=True)
class Conflict:
    """A parameter that cannot be set as the experiment has it, since somebody set it meanwhile."""

    change: Change
    now: Value  # GONE where it is not there any more


@dataclass(frozen=True)
class Merged:
    """One parameter file with the experiment's values in it."""

    text: str
    set: tuple[Change, ...] = ()  # what differs from how it was
    conflicts: tuple[Conflict, ...] = ()


def changed(file: str, before: str, after: str) -> tuple[Change, ...]:
    """What an experiment set in a parameter file: its text at the baseline, and its own. ParamsError."""
    old, new = _values(file, before), _values(file, after)
    differing = [
        key
        for key in dict.fromkeys([*old, *new])
        if key not in old or key not in new or not params.same(old[key], new[key])
    ]
    # A list that changed is told as a whole, and once.
    wholes = [key for key in differing if not any(key.startswith(f"{other}.") for other in differing)]
    return tuple(Change(file, key, old.get(key, GONE), new.get(key, GONE)) for key in wholes)


def merge(file: str, changes: tuple[Change, ...], now: str) -> Merged:
    """These changes made in the file as it is now. What is there already is fine; what was set to something else
    meanwhile, or is not there, conflicts. ParamsError where the file cannot be edited."""
    values = _values(file, now)
    conflicts, wanted = [], []
    for change in changes:
        held = values.get(change.key, GONE)
        if _same(held, change.after):
            continue
        # A key that is new or gone has no place in the text that an edit could go to.
        if GONE in (change.before, change.after) or not _same(held, change.before):
            conflicts.append(Conflict(change, held))
        else:
            wanted.append(change)
    if conflicts:
        return Merged(now, conflicts=tuple(conflicts))
    return Merged(params.edit(file, now, {change.key: change.after for change in wanted}), tuple(wanted))


def overwritten(changes: Sequence[Change], now: Mapping[str, str]) -> tuple[Conflict, ...]:
    """What an experiment set that is something else by now. `now`: file -> its text. ParamsError as `merge`."""
    values = {file: _values(file, text) for file, text in now.items()}
    held = [(change, values[change.file].get(change.key, GONE)) for change in changes]
    return tuple(Conflict(change, value) for change, value in held if not _same(value, change.after))


def _values(file: str, text: str) -> Mapping[str, Value]:
    return params.flatten(params.read(file, text)) if text else {}


def _same(one: Value, other: Value) -> bool:
    return one is other if GONE in (one, other) else bool(params.same(one, other))
