"""The parameters of another experiment, for `/run --from`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.commands import Word
from bot.context import Context, Head
from bot.errors import UserError
from experiments import params
from experiments.experiment import Override
from experiments.merging import GONE
from experiments.snapshot import Value
from handlers import choice
from handlers.vetting import vet
from reports import replies_landing

_BARE = re.compile(r"[A-Za-z_][\w./-]*")


@dataclass(frozen=True)
class Origin:
    """Another experiment and what it sets."""

    name: str
    project: str
    values: Mapping[tuple[str, str], Value]  # by file and key


@dataclass(frozen=True)
class Brought:
    """What another experiment sets, set at this head."""

    overrides: tuple[Override, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # path -> whole text, of every parameter file


def bring(here: Head, origin: Origin, texts: Mapping[str, str]) -> Brought:
    """Its values in today's files. UserError where the files have no such key."""
    name, wanted = origin.name, origin.values
    if not wanted:
        raise UserError(replies_landing.sets_nothing(name))
    held = {file: _flat(name, file, text) for file, text in texts.items()}
    missing = [f"{file}:{key}" for file, key in wanted if key not in held.get(file, {})]
    if missing:
        raise UserError(replies_landing.no_such_params(name, here.context.pull.head, missing))
    edited = dict(texts)
    for (file, key), value in wanted.items():
        try:
            edited[file] = params.edit(file, edited[file], {key: value})
        except params.ParamsError as error:
            raise UserError(replies_landing.cannot_set(name, error.message)) from error
    overrides = tuple(
        Override(file, key, params.plain(value), params.plain(held[file][key]), _typed(file, key, value))
        for (file, key), value in wanted.items()
    )
    return Brought(overrides, edited)


def find(context: Context, name: Word, line: str) -> Origin:
    """What a run of this pull request was asked for goes before what a ref holds. Problems where nobody knows it."""
    found = choice.runs(context)
    for run in reversed(found):
        if run.experiment.name == name and run.experiment.comment != context.comment:
            values = {(each.file, each.key): each.value for each in run.experiment.overrides}
            return Origin(str(name), run.experiment.project, values)
    vetted = vet(context, choice.experiment(context, name, line, [run.experiment.name for run in found]))
    gone = [f"{change.file}:{change.key}" for change in vetted.changes if change.after is GONE]
    if gone:
        raise UserError(replies_landing.takes_away(str(name), gone))
    values = {(change.file, change.key): change.after for change in vetted.changes}
    return Origin(str(name), vetted.project, values)


def _flat(name: str, file: str, text: str) -> Mapping[str, Value]:
    try:
        return params.flatten(params.read(file, text))
    except params.ParamsError as error:
        raise UserError(replies_landing.cannot_set(name, error.message)) from error


def _typed(file: str, key: str, value: Value) -> str:
    """As it would stand after `-S`."""
    text = json.dumps(params.plain(value), ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        text = value if _BARE.fullmatch(value) else f"'{escaped}'"
    return f"{key}={text}" if file == "params.yaml" else f"{file}:{key}={text}"
