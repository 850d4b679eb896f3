"""What `/apply` takes of an experiment, as far as that is known from its own commit, and how it is trained again."""

import shlex
from collections.abc import Iterable
from enum import StrEnum

from experiments.experiment import Experiment, Override
from experiments.foretelling import whereabouts
from experiments.merging import Change
from experiments.snapshot import Param, Snapshot
from experiments.standing import bars


class Offer(StrEnum):
    """How much of it may be offered for the branch."""

    ALL = "all"
    PARAMETERS = "parameters"
    NOTHING = "nothing"


def offered(experiment: Experiment, after: Snapshot) -> Offer:
    """`after`: of its commit. Results that may be of other files go onto no branch; parameters do where it set some,
    unless Hydra composes them or they are on the branch already."""
    if not bars(after):
        return Offer.ALL
    sets = any(each.value != each.before for each in experiment.overrides)
    return Offer.PARAMETERS if sets and not after.hydra and not experiment.head_before else Offer.NOTHING


def again(name: str, sets: Iterable[Override | Change], head: Snapshot) -> str:
    """The command that trains its parameters with this head, and that looks at what reads them."""
    there = {whereabouts(Param(each.file, each.key, None), head) for each in sets}
    where = "" if there <= {""} else shlex.quote(there.pop()) if len(there) == 1 else "-P"
    return f"/run --from {name} {where}".strip()
