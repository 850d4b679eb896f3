"""The merge of an experiment's parameters into another commit: three-way, by value instead of by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments import params
from experiments.snapshot import Value


class ParamGone:
    """The value of a parameter that does not exist."""

    def __repr__(self) -> str:
        return "absent"


GONE = ParamGone()


@dataclass(frozen=True)
class ParamEdit:
    """One parameter that an experiment set."""

    file: str
    key: str
    before: Value  # value at the experiment's baseline; GONE where the parameter is new
    after: Value  # value in the experiment; GONE where it was removed


@dataclass(frozen=True)
class ParamConflict:
    """A parameter that can't be set as the experiment has it, since somebody set it in the meantime."""

    change: ParamEdit
    now: Value  # GONE where it no longer exists


@dataclass(frozen=True)
class Merged:
    """A parameter file with an experiment's values in it."""

    text: str
    set: tuple[ParamEdit, ...] = ()  # the changes that were made in the file
    conflicts: tuple[ParamConflict, ...] = ()


def changed(file: str, before: str, after: str) -> tuple[ParamEdit, ...]:
    """Return the parameters that differ between a file's text at the baseline and in the experiment. Raises
    ParamsError."""
    old, new = _values(file, before), _values(file, after)
    differing = [
        key
        for key in dict.fromkeys([*old, *new])
        if key not in old or key not in new or not params.same(old[key], new[key])
    ]
    # A list that changed is told once, as a whole.
    wholes = [key for key in differing if not any(key.startswith(f"{other}.") for other in differing)]
    return tuple(ParamEdit(file, key, old.get(key, GONE), new.get(key, GONE)) for key in wholes)


def merge(file: str, changes: tuple[ParamEdit, ...], now: str) -> Merged:
    """Make these changes in the present text of a file.

    A value that is there already is fine. One that was set to something else in the meantime, or is gone, is a
    conflict. Raises ParamsError where the file can't be edited.
    """
    values = _values(file, now)
    conflicts, wanted = [], []
    for change in changes:
        held = values.get(change.key, GONE)
        if _same(held, change.after):
            continue
        # A key that is new or was removed has no place in the text to be edited.
        if GONE in (change.before, change.after) or not _same(held, change.before):
            conflicts.append(ParamConflict(change, held))
        else:
            wanted.append(change)
    if conflicts:
        return Merged(now, conflicts=tuple(conflicts))
    return Merged(params.edit(file, now, {change.key: change.after for change in wanted}), tuple(wanted))


def overwritten(changes: Sequence[ParamEdit], now: Mapping[str, str]) -> tuple[ParamConflict, ...]:
    """Return the changes whose parameters have another value by now. `now`: file -> its text. Raises ParamsError."""
    values = {file: _values(file, text) for file, text in now.items()}
    held = [(change, values[change.file].get(change.key, GONE)) for change in changes]
    return tuple(ParamConflict(change, value) for change, value in held if not _same(value, change.after))


def _values(file: str, text: str) -> Mapping[str, Value]:
    return params.flatten(params.read(file, text)) if text else {}


def _same(one: Value, other: Value) -> bool:
    return one is other if GONE in (one, other) else bool(params.same(one, other))
