"""What `/apply` can take of an experiment, as far as its commit tells, and the command that trains it again."""

import shlex
from collections.abc import Iterable
from enum import StrEnum

from experiments.experiment import Experiment
from experiments.judging.standing import Standing, left
from experiments.params import same
from experiments.params.merging import ParamEdit
from experiments.parts.change import Override
from experiments.readiness.foretelling import passed, target_for
from experiments.snapshot import Param, Snapshot


class Offer(StrEnum):
    """How much of an experiment may be offered for the branch."""

    ALL = "all"
    PARAMETERS = "parameters"
    NOTHING = "nothing"


def offered(experiment: Experiment, after: Snapshot, head: Snapshot | None = None) -> Offer:
    """Return how much of an experiment may be offered for the branch.

    Results that may belong to other files are not offered. Parameters are offered alone where the experiment set some
    that the branch does not have, unless Hydra composes them or its parameter commit came first.
    `after`: of the experiment's commit. `head`: of the branch.
    """
    if not Standing(after).bars:
        return Offer.ALL
    there = {(each.file, each.key): each.value for each in head.params} if head else {}
    changed = [each for each in experiment.change.overrides if each.value != each.before]
    sets = any(not same(there.get((each.file, each.key), each.before), each.value) for each in changed)
    return Offer.PARAMETERS if sets and not after.hydra and not experiment.landing.head_before else Offer.NOTHING


def everywhere(before: Snapshot, after: Snapshot, experiment: Experiment) -> bool:
    """Return whether DVC has to look at every dvc.yaml, so that one run at the baseline `before` leaves nothing stale:
    neither what was stale there nor what the experiment set or left stale."""
    standing = Standing(after)
    names = {*left(before), *left(after), *standing.unrun, *standing.due}
    return bool(passed(before, names)) or any(target_for(each, before) for each in experiment.change.overrides)


def from_it(name: str, asked: Experiment | None, *more: str) -> str:
    """Return the command that trains its parameters again. It names the experiment's targets, without which DVC may
    look at no stage that reads them.

    `asked`: the experiment as it was asked for; None where only Git knows it. `more`: further words of the command.
    """
    return " ".join(["/run", "--from", name, *more, *(_targets(asked) if asked else ())])


def _targets(asked: Experiment) -> list[str]:
    return [*map(shlex.quote, asked.execution.targets), *(["-P"] * ("--all-pipelines" in asked.execution.flags))]


def moved(asked: Experiment, head: str) -> bool:
    """Return whether the head is another commit than the one it was asked for, so that the same cannot be trained
    again."""
    return not asked.asked.rev and asked.baseline != head


def with_another_head(asked: Experiment, project: str) -> str:
    """Return the command that trains it on another head, with its parameters where it sets any. `project`: words that
    choose its project."""
    return from_it(asked.name, asked) if asked.change.overrides else " ".join([f"/run{project}", *_targets(asked)])


def again(name: str, sets: Iterable[Override | ParamEdit], head: Snapshot) -> str:
    """Return the command that trains its parameters on this head, and names the dvc.yaml of the stages that read
    them."""
    there = {target_for(Param(each.file, each.key, None), head) for each in sets}
    where = "" if there <= {""} else shlex.quote(there.pop()) if len(there) == 1 else "-P"
    return " ".join([from_it(name, None), *filter(None, [where])])
