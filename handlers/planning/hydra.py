"""Projects that Hydra composes: requests and results are checked against what it composes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.errors import UserError
from bot.ports.reading import ReadingPorts
from bot.workspace import Head
from experiments import params
from experiments.composition import Composition
from experiments.experiment import Repository
from experiments.overrides import Choices, Plan, choices, meant, plan
from experiments.parts.change import Override
from experiments.projects import rooted
from experiments.snapshot import COMPOSED, Param, Snapshot, Value
from handlers.planning.source_experiment import Origin
from reports.messages import hydra, landing


def composed(here: Head) -> Composition:
    """Return the composition at the pinned head. Raise UserError with Hydra's own words where it fails."""
    return _all(here, [()])[0]


def _all(here: Head, trials: Sequence[Sequence[str]]) -> Sequence[Composition]:
    """Return the composition for each list of edits. Raise UserError with the first problem."""
    workspace = here.workspace
    if not trials:
        return ()
    found = workspace.ports.snapshots.compose(workspace.repository, here.sha, here.project, trials)
    problem = next((each.problem for each in found if each.problem), "")
    if problem:
        raise UserError(hydra.uncomposed(here.sha, problem))
    return found


def asked(here: Head, given: Sequence[Sequence[str]], origin: Origin | None) -> list[Plan]:
    """Return the plan of each list of edits, applied after the edits of `origin`.

    The plans have no edits of the composed file, which DVC writes. Raise UserError where the project trains by a
    script, where `origin` sets nothing, or where Hydra refuses.
    """
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
    # Hydra itself decides: it raises UserError where it can't compose them.
    _all(here, [[one.text for one in each.overrides if one.file == COMPOSED] for each in found if not each.problems])
    return found


def _brought(origin: Origin | None, given: Sequence[str]) -> list[str]:
    """Return the edits of another experiment whose keys `given` does not set."""
    named = {meant(word) for word in given}
    return [token for token in (origin.words if origin else ()) if meant(token) not in named]


def _planned(
    here: Head, tokens: Sequence[str], groups: Choices, texts: Mapping[str, str], before: int, origin: Origin | None
) -> Plan:
    """Return the plan of a list of edits, the first `before` of which come from `origin`.

    Raise UserError where one of those can't be set here; other problems are in the plan.
    """
    found = plan(tokens, here.snapshot, texts, groups.settled)
    problems = sorted((*groups.problems, *found.problems), key=lambda each: each.token)
    if origin and problems and problems[0].token < before:
        raise UserError(landing.cannot_set(origin.name, problems[0].message))
    if problems:
        return Plan(problems=tuple(replace(each, token=each.token - before) for each in problems))
    values = iter(found.overrides)
    return Plan(tuple(groups.overrides.get(index) or next(values) for index in range(len(tokens))), found.edits)


def listed(snapshot: Snapshot, found: Composition) -> Snapshot:
    """Return the snapshot with the parameters with which the next training starts."""
    stages = {each.key: each.stages for each in snapshot.params if each.file == COMPOSED}
    values: Mapping[str, Value] = params.flatten(params.read(COMPOSED, found.text))
    composed = [Param(COMPOSED, key, params.plain(value), stages.get(key, ())) for key, value in values.items()]
    others = [each for each in snapshot.params if each.file != COMPOSED]
    return replace(snapshot, params=(*composed, *others))


def is_composed(snapshot: Snapshot) -> bool:
    """Return whether Hydra's composition writes the project's params.yaml."""
    return snapshot.hydra and COMPOSED in snapshot.param_files


def written_over(
    ports: ReadingPorts,
    repository: Repository,
    snapshot: Snapshot,
    words: Sequence[str] = (),
    asked: Sequence[Override] = (),
) -> tuple[str, ...] | None:
    """Return a sentence about composed parameters that training starts with other values of than the commit has.

    Those in `asked`, set by the edits `words`, are left out. Return () where there are none or nothing is composed,
    and None where the composition can't be made or read.
    """
    if not is_composed(snapshot):
        return ()
    (found,) = ports.snapshots.compose(repository, snapshot.sha, snapshot.project, [words])
    if found.problem:
        return None  # whoever types `/run` is told why
    there = ports.git.read(repository, snapshot.sha, rooted(snapshot.project, COMPOSED)) or b""
    try:
        changes = found.otherwise(there.decode("utf-8", "replace"))
    except params.ParamsError:
        return None
    known = {each.key for each in asked if each.file == COMPOSED}
    over = [each for each in changes if each.key not in known]
    return (hydra.written_over(over),) if over else ()
