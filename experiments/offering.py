"""What `/apply` takes of an experiment, as far as that is known from its own commit, and how it is trained again."""

import shlex
from collections.abc import Iterable
from enum import StrEnum

from experiments.experiment import Experiment, Override
from experiments.judging.standing import Standing, left
from experiments.params import same
from experiments.params.merging import Change
from experiments.readiness.foretelling import passed, whereabouts
from experiments.snapshot import Param, Snapshot


class Offer(StrEnum):
    """How much of it may be offered for the branch."""

    ALL = "all"
    PARAMETERS = "parameters"
    NOTHING = "nothing"


def offered(experiment: Experiment, after: Snapshot, head: Snapshot | None = None) -> Offer:
    """`after`: of its commit. Results that may be of other files go onto no branch; parameters do where it set some,
    unless Hydra composes them or they are on the branch already. `head`: what the branch has now."""
    if not Standing(after).bars:
        return Offer.ALL
    there = {(each.file, each.key): each.value for each in head.params} if head else {}
    changed = [each for each in experiment.overrides if each.value != each.before]
    sets = any(not same(there.get((each.file, each.key), each.before), each.value) for each in changed)
    return Offer.PARAMETERS if sets and not after.hydra and not experiment.head_before else Offer.NOTHING


def everywhere(before: Snapshot, after: Snapshot, experiment: Experiment) -> bool:
    """Whether DVC has to be asked for every dvc.yaml so that one run at the baseline, `before`, leaves nothing stale:
    not what was stale there, not what the experiment set and not what it left."""
    standing = Standing(after)
    names = {*left(before), *left(after), *standing.unrun, *standing.due}
    return bool(passed(before, names)) or any(whereabouts(each, before) for each in experiment.overrides)


def from_it(name: str, asked: Experiment | None, *more: str) -> str:
    """The command that trains its parameters once more, at the targets that it had: without them DVC may look at no
    stage that reads them. `asked`: as it was asked for; None where only Git knows of it."""
    return " ".join(["/run", "--from", name, *more, *(_targets(asked) if asked else ())])


def _targets(asked: Experiment) -> list[str]:
    return [*map(shlex.quote, asked.targets), *(["-P"] * ("--all-pipelines" in asked.flags))]


def moved(asked: Experiment, head: str) -> bool:
    """Whether the head is another commit than the one it was asked for, so that the same can't be trained again."""
    return not asked.rev and asked.baseline != head


def with_another_head(asked: Experiment, project: str) -> str:
    """The command that trains with another head what was asked for: its parameters where it sets any. `project`: words
    that choose its project."""
    return from_it(asked.name, asked) if asked.overrides else " ".join([f"/run{project}", *_targets(asked)])


def again(name: str, sets: Iterable[Override | Change], head: Snapshot) -> str:
    """The command that trains its parameters with this head, and that looks at what reads them."""
    there = {whereabouts(Param(each.file, each.key, None), head) for each in sets}
    where = "" if there <= {""} else shlex.quote(there.pop()) if len(there) == 1 else "-P"
    return " ".join([from_it(name, None), *filter(None, [where])])
