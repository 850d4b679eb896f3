"""Projects composed by Hydra: what is asked for is checked against what it composes, and so is what was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.errors import UserError
from bot.ports.reading import Reading
from bot.workspace import Head
from experiments import params
from experiments.composition import Composition
from experiments.experiment import Override, Repository
from experiments.overrides import Choices, Plan, choices, meant, plan
from experiments.projects import rooted
from experiments.snapshot import COMPOSED, Param, Snapshot, Value
from handlers.planning.source_experiment import Origin
from reports.messages import hydra, landing


def composed(here: Head) -> Composition:
    """At the pinned head, whose snapshot was taken. UserError with Hydra's own words where it can't be."""
    return _all(here, [()])[0]


def _all(here: Head, trials: Sequence[Sequence[str]]) -> Sequence[Composition]:
    """With each of these lists of edits, at once."""
    workspace = here.workspace
    if not trials:
        return ()
    found = workspace.ports.snapshots.compose(workspace.repository, here.sha, here.project, trials)
    problem = next((each.problem for each in found if each.problem), "")
    if problem:
        raise UserError(hydra.uncomposed(here.sha, problem))
    return found


def asked(here: Head, given: Sequence[Sequence[str]], origin: Origin | None) -> list[Plan]:
    """What each of these lists of edits comes to, after those of another experiment. The composed file gets none: DVC
    writes it."""
    snapshot = here.snapshot
    if here.config.script:
        raise UserError(hydra.script())
    if origin and not origin.words:
        raise UserError(landing.sets_nothing(origin.name, ""))
    base = composed(here)
    tokens = [[*_brought(origin, words), *words] for words in given]
    groups = [choices(each, base) for each in tokens]
    chosen = [() if each.problems else tuple(one.text for one in each.overrides.values()) for each in groups]
    several = list(dict.fromkeys(words for words in chosen if words))
    texts = {(): base.text} | {words: one.text for words, one in zip(several, _all(here, several), strict=True)}
    files = {path: here.text(path) for path in snapshot.param_files}
    found = [
        _planned(here, each, choice, files | {COMPOSED: texts[words]}, len(each) - len(own), origin)
        for each, choice, words, own in zip(tokens, groups, chosen, given, strict=True)
    ]
    # Hydra has the last word.
    _all(here, [[one.text for one in each.overrides if one.file == COMPOSED] for each in found if not each.problems])
    return found


def _brought(origin: Origin | None, given: Sequence[str]) -> list[str]:
    """What another experiment sets and these edits do not."""
    named = {meant(word) for word in given}
    return [token for token in (origin.words if origin else ()) if meant(token) not in named]


def _planned(
    here: Head, tokens: Sequence[str], groups: Choices, texts: Mapping[str, str], before: int, origin: Origin | None
) -> Plan:
    """`before`: how many of the edits are another experiment's."""
    found = plan(tokens, here.snapshot, texts, groups.settled)
    problems = sorted((*groups.problems, *found.problems), key=lambda each: each.token)
    if origin and problems and problems[0].token < before:
        raise UserError(landing.cannot_set(origin.name, problems[0].message))
    if problems:
        return Plan(problems=tuple(replace(each, token=each.token - before) for each in problems))
    values = iter(found.overrides)
    return Plan(tuple(groups.overrides.get(index) or next(values) for index in range(len(tokens))), found.edits)


def listed(snapshot: Snapshot, found: Composition) -> Snapshot:
    """The snapshot with the parameters that the next training begins with."""
    stages = {each.key: each.stages for each in snapshot.params if each.file == COMPOSED}
    values: Mapping[str, Value] = params.flatten(params.read(COMPOSED, found.text))
    composed = [Param(COMPOSED, key, params.plain(value), stages.get(key, ())) for key, value in values.items()]
    others = [each for each in snapshot.params if each.file != COMPOSED]
    return replace(snapshot, params=(*composed, *others))


def is_composed(snapshot: Snapshot) -> bool:
    """Whether its params.yaml is written by what composes it."""
    return snapshot.hydra and COMPOSED in snapshot.param_files


def written_over(
    ports: Reading,
    repository: Repository,
    snapshot: Snapshot,
    words: Sequence[str] = (),
    asked: Sequence[Override] = (),
) -> tuple[str, ...] | None:
    """A sentence about parameters of a commit that training begins with otherwise, but for those that are `asked` for
    with these `words`; none where there are none, or nothing is composed. None where it can't be told."""
    if not is_composed(snapshot):
        return ()
    (found,) = ports.snapshots.compose(repository, snapshot.sha, snapshot.project, [words])
    if found.problem:
        return None  # who types `/run` is told
    there = ports.git.read(repository, snapshot.sha, rooted(snapshot.project, COMPOSED)) or b""
    try:
        changes = found.otherwise(there.decode("utf-8", "replace"))
    except params.ParamsError:
        return None
    known = {each.key for each in asked if each.file == COMPOSED}
    over = [each for each in changes if each.key not in known]
    return (hydra.written_over(over),) if over else ()
