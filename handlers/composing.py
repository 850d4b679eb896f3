"""Projects composed by Hydra: what is asked for is checked against what it composes, and so is what was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.commands import Word
from bot.context import Head
from bot.errors import UserError
from bot.ports import Ports
from experiments import params
from experiments.composition import Composition
from experiments.experiment import Experiment
from experiments.overrides import Plan, choices, meant, plan
from experiments.projects import rooted
from experiments.snapshot import COMPOSED, Param, Snapshot, Value
from handlers.origin import Origin
from reports import reasons, replies_hydra, replies_landing


def composed(here: Head, words: Sequence[str] = ()) -> Composition:
    """At the pinned head, whose snapshot was taken. UserError with Hydra's own words where it can't be."""
    context = here.context
    (found,) = context.ports.snapshots.compose(context.repository, context.pull.head, here.project, [words])
    if found.problem:
        raise UserError(replies_hydra.uncomposed(context.pull.head, found.problem))
    return found


def asked(here: Head, given: tuple[Word, ...], origin: Origin | None) -> Plan:
    """What these edits come to, after those of another experiment. The composed file gets none: DVC writes it."""
    snapshot = here.snapshot
    if COMPOSED not in snapshot.param_files:
        raise UserError(replies_hydra.not_in_git())
    if here.config.script:
        raise UserError(replies_hydra.script())
    if origin and not origin.words:
        raise UserError(replies_landing.sets_nothing(origin.name))
    base = composed(here)
    brought = origin.words if origin else ()
    named = {meant(word) for word in given}
    tokens = [*(token for token in brought if meant(token) not in named), *given]
    groups = choices(tokens, base)
    words = [each.text for each in groups.overrides.values()]
    chosen = composed(here, words) if words and not groups.problems else base
    texts = {path: here.text(path) for path in snapshot.param_files} | {COMPOSED: chosen.text}
    found = plan(tokens, snapshot, texts, groups.settled)
    before = len(tokens) - len(given)
    problems = sorted((*groups.problems, *found.problems), key=lambda each: each.token)
    if origin and problems and problems[0].token < before:
        raise UserError(replies_landing.cannot_set(origin.name, problems[0].message))
    if problems:
        return Plan(problems=tuple(replace(each, token=each.token - before) for each in problems))
    values = iter(found.overrides)
    overrides = tuple(groups.overrides.get(index) or next(values) for index in range(len(tokens)))
    composed(here, [each.text for each in overrides if each.file == COMPOSED])  # Hydra has the last word
    return Plan(overrides, found.edits)


def listed(snapshot: Snapshot, found: Composition) -> Snapshot:
    """The snapshot with the parameters that the next training begins with."""
    stages = {each.key: each.stages for each in snapshot.params if each.file == COMPOSED}
    values: Mapping[str, Value] = params.flatten(params.read(COMPOSED, found.text))
    composed = [Param(COMPOSED, key, params.plain(value), stages.get(key, ())) for key, value in values.items()]
    others = [each for each in snapshot.params if each.file != COMPOSED]
    return replace(snapshot, params=(*composed, *others))


def otherwise(ports: Ports, experiment: Experiment, commit: str) -> str:
    """Why its params.yaml is not what was composed from what was asked; empty where it is."""
    (expected,) = ports.snapshots.compose(
        experiment.repository, experiment.baseline, experiment.project, [experiment.words]
    )
    if expected.problem:  # it could be composed when it was asked for: this machine is busy, say
        raise RuntimeError(expected.problem)
    try:
        trained = ports.git.read(experiment.repository, commit, rooted(experiment.project, COMPOSED)) or b""
        different = expected.otherwise(trained.decode("utf-8", "replace"))
    except UserError as error:
        return error.message
    except params.ParamsError as error:
        return error.message
    return reasons.not_as_asked([(each.key, each.before, each.after) for each in different]) if different else ""
