"""`/run --repeat`: train an experiment and its baseline with the same seeds."""

from collections.abc import Callable, Sequence

from bot.errors import UserError
from bot.workspace import Head
from experiments.overrides.sweeps import Plans
from experiments.parts.membership import BASELINE, THIS
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
    """Return the repeats of the experiment, with the configured seed and the next ones, and those of the baseline.

    The baseline is not repeated with seeds that it had before. Where the request changes nothing, only the baseline
    is repeated. Raise UserError where repeats are not possible.

    `before`: runs of the pull request. `asked`: the plans without seeds; `planned` makes plans of other edits.
    `other_data`: whether the experiment has other data. `whole`: whether no stages were named.
    """
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
    known = {run.experiment.sweep.seed for run in repeated} if found and whole else set()
    baseline = _side(BASELINE, param, seeds, planned([edit], None))
    return [*found, *(each for each in baseline if each.seed not in known)]


def _side(side: str, param: Param, seeds: Sequence[int], plan: Plans) -> list[Member]:
    if plan.problems:
        raise UserError(repeats.cannot_vary(param.key, plan.problems[0].message))
    # DVC does not train again for a seed that no stage declares.
    force = not param.stages
    return [Member(each, side, number, force) for number, each in zip(seeds, plan.members, strict=True)]


def seed(here: Head) -> Param:
    """Return the parameter that the configuration names as seed.

    Raise UserError, with what to write there, where none or several are meant, or where it is no number of 0 or more.
    """
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
