"""The parameters of another experiment, for `/run --from`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.commands import Word
from bot.errors import UserError
from bot.workspace import Head, Workspace
from experiments import params
from experiments.overrides import MAX_OVERRIDES, spelled
from experiments.params.merging import GONE, ParamEdit
from experiments.parts.change import Override
from experiments.projects import rooted
from experiments.run import Run
from experiments.snapshot import COMPOSED, Value
from handlers.checks.experiment_commit import Vetted, vet
from handlers.lookup import by_name
from reports.messages import landing


@dataclass(frozen=True)
class Origin:
    """Another experiment and what it sets."""

    name: str
    project: str
    values: Mapping[tuple[str, str], Value] = field(default_factory=dict)  # (file, key) -> value
    words: tuple[str, ...] = ()  # the same as edits after `-S`, where Hydra composes


@dataclass(frozen=True)
class Brought:
    """The values of another experiment, set in the files of this head."""

    overrides: tuple[Override, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # path -> whole text, of every parameter file


def bring(here: Head, origin: Origin, texts: Mapping[str, str]) -> Brought:
    """Set the values of `origin` in these texts. Raise UserError where a key is missing or can't be set."""
    name, wanted = origin.name, origin.values
    if not wanted:
        raise UserError(landing.sets_nothing(name, here.config.script))
    held = {file: _flat(name, file, text) for file, text in texts.items()}
    missing = [f"{file}:{key}" for file, key in wanted if key not in held.get(file, {})]
    if missing:
        raise UserError(landing.no_such_params(name, here.sha, missing))
    edited = dict(texts)
    for (file, key), value in wanted.items():
        try:
            edited[file] = params.edit(file, edited[file], {key: value})
        except params.ParamsError as error:
            raise UserError(landing.cannot_set(name, error.message)) from error
    overrides = tuple(
        Override(file, key, params.plain(value), params.plain(held[file][key]), _typed(file, key, value))
        for (file, key), value in wanted.items()
    )
    return Brought(overrides, edited)


def find(workspace: Workspace, before: Sequence[Run], name: Word, line: str) -> Origin:
    """Return what the experiment of this name sets: as one of the runs `before` was asked for, or as its ref holds it.

    Raise Problems where the name is unknown, and UserError where the experiment takes parameters away.

    Where Hydra composes the project, an experiment sets what differs from its baseline's composition.
    """
    for run in reversed(before):
        if run.experiment.name == name:
            overrides = run.experiment.change.overrides
            values = {(each.file, each.key): each.value for each in overrides}
            return Origin(str(name), run.experiment.project, values, tuple(each.text for each in overrides))
    vetted = vet(workspace, by_name.experiment(workspace, name, line, [run.experiment.name for run in before]))
    if vetted.before.hydra:
        words = tuple(_edit(vetted.kept.name, change) for change in _differences(workspace, vetted))
        return Origin(str(name), vetted.project, words=words)
    gone = [f"{change.file}:{change.key}" for change in vetted.changes if change.after is GONE]
    if gone:
        raise UserError(landing.takes_away(str(name), gone))
    values = {(change.file, change.key): change.after for change in vetted.changes}
    return Origin(str(name), vetted.project, values)


def _differences(workspace: Workspace, vetted: Vetted) -> list[ParamEdit]:
    kept, ports, repository = vetted.kept, workspace.ports, workspace.repository
    (base,) = ports.snapshots.compose(repository, kept.baseline, vetted.project, [()])
    if base.problem:
        raise UserError(landing.cannot_set(kept.name, base.problem))
    trained = ports.git.read(repository, kept.sha, rooted(vetted.project, COMPOSED)) or b""
    try:
        composed = base.otherwise(trained.decode("utf-8", "replace"))
    except params.ParamsError as error:
        raise UserError(landing.cannot_set(kept.name, error.message)) from error
    changes = [*composed, *(each for each in vetted.changes if each.file != COMPOSED)]
    if len(changes) > MAX_OVERRIDES:
        limit = f"They are {len(changes):,}, and at most {MAX_OVERRIDES} can be set."
        raise UserError(landing.cannot_set(kept.name, limit))
    return changes


def _edit(name: str, change: ParamEdit) -> str:
    """Return a change as an edit after `-S`, where Hydra composes. Raise UserError where no edit can express it."""
    if change.after is GONE:
        return f"~{change.key}" if change.file == COMPOSED else f"{change.file}:~{change.key}"
    if not spelled(change.after):
        raise UserError(landing.cannot_set(name, f"{change.key} has a value that can't be typed."))
    new = "+" if change.before is GONE else ""
    return _typed(change.file, f"{new}{change.key}", change.after)


def _flat(name: str, file: str, text: str) -> Mapping[str, Value]:
    try:
        return params.flatten(params.read(file, text))
    except params.ParamsError as error:
        raise UserError(landing.cannot_set(name, error.message)) from error


def _typed(file: str, key: str, value: Value) -> str:
    """Return a value as an edit after `-S`."""
    text = spelled(value) or json.dumps(params.plain(value), ensure_ascii=False, separators=(",", ":"))
    return f"{key}={text}" if file == COMPOSED else f"{file}:{key}={text}"
