"""`/run --repeat`: an experiment and its baseline with the same seeds."""

from collections.abc import Callable, Sequence

from bot.errors import UserError
from bot.workspace import Head
from experiments.experiment import BASELINE, THIS
from experiments.overrides.sweeps import Plans
from experiments.run import Run
from experiments.snapshot import COMPOSED, Param
from experiments.sweep import baselines
from handlers.planning import hydra
from handlers.planning.edits import Member
from handlers.planning.source_experiment import Origin
from reports.messages import repeats


def members(
    here: Head,
    before: Sequence[Run],
    count: int,
    given: Sequence[str],
    origin: Origin | None,
    asked: Plans,
    planned: Callable[[Sequence[str], Origin | None], Plans],
    other_data: bool,
    whole: bool,
) -> list[Member]:
    """The experiment with its configured seed and the next ones, and the baseline with those of them that it was not
    repeated with before. Only the baseline, where nothing else is asked for. UserError where that can't be.

    `before`: runs of the pull request. `asked`: what it comes to without seeds; `planned` gives that of other edits.
    `other_data`: it is trained with other data. `whole`: no stages were named."""
    if asked.sweep:
        raise UserError(repeats.of_sweep(count))
    param = seed(here)
    key = param.key if param.file == COMPOSED else f"{param.file}:{param.key}"
    if any(word.partition("=")[0] in (param.key, f"{param.file}:{param.key}") for word in given):
        raise UserError(repeats.given_twice(key))
    seeds = range(param.value, param.value + count)  # the same on both sides: differences are of pairs
    edit = f"{key}={','.join(map(str, seeds))}"
    found: list[Member] = []
    if given or origin or other_data:
        found += _side(THIS, param, seeds, planned([*given, edit], origin))
    repeated = baselines(before, here.sha, here.project, (param.file, param.key))
    known = {run.experiment.seed for run in repeated} if found and whole else set()
    baseline = _side(BASELINE, param, seeds, planned([edit], None))
    return [*found, *(each for each in baseline if each.seed not in known)]


def _side(side: str, param: Param, seeds: Sequence[int], plan: Plans) -> list[Member]:
    if plan.problems:
        raise UserError(repeats.cannot_vary(param.key, plan.problems[0].message))
    # A seed that no stage declares is nothing DVC would train again for.
    force = not param.stages
    return [Member(each, side, number, force) for number, each in zip(seeds, plan.members, strict=True)]


def seed(here: Head) -> Param:
    """The parameter that the configuration names, with a number in it. UserError with what to write there."""
    snapshot = here.snapshot
    if snapshot.hydra:
        snapshot = hydra.listed(snapshot, hydra.composed(here))
    named = here.config.seed
    if not named:
        raise UserError(repeats.no_seed([each.key for each in snapshot.settable]))
    found = [each for each in snapshot.settable if named in (each.key, f"{each.file}:{each.key}")]
    if len(found) != 1:
        raise UserError(repeats.which_seed(named, found, [each.key for each in snapshot.settable]))
    if isinstance(found[0].value, bool) or not isinstance(found[0].value, int) or found[0].value < 0:
        raise UserError(repeats.no_number(named, found[0].value))
    return found[0]
