"""Steps that make runs of former formats those of today, as JSON. None is changed later: what was stored stays so."""

from collections.abc import Mapping
from typing import Any

# Names of version 2, where an experiment had no parts, by the part to which each went.
_EXPERIMENT = {
    "asked": "author comment origin rev asked_at:head asks:cost",
    "change": "overrides inputs edits composed message",
    "execution": "queue place timeout targets flags force anew script has_dvc declared requirements history "
    "checkpointed checkpoint_every resumes",
    "landing": "branch base_branch temp new_branch into_base head_before",
    "sweep": "sweep:name number repeats seed",
}

# Those of version 3, where a run had none.
_RUN = {
    "attempt": "attempt:number token_hash started trained heartbeat logged_before waits",
    "outcome": "ended exit_code reason environment provenance",
    "result": "commit landed head not_landed unfit undone opened removed delivered",
    "published": "report checks pressed unreported",
    "decisions": "approved_by started_by cancelled:cancelled_by",
}


def experiment_in_parts(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run of version 2 as version 3 has it."""
    return run | {"experiment": _in_parts(run["experiment"], _EXPERIMENT)}


def run_in_parts(run: dict[str, Any]) -> dict[str, Any]:
    """Return a run of version 3 as version 4 has it."""
    return _in_parts(run, _RUN)


def _in_parts(flat: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, Any]:
    """Return a mapping with its values in parts, under the name after the colon where there is one."""
    own, grouped = dict(flat), dict[str, Any]()
    for part, names in parts.items():
        moves = [name.partition(":") for name in names.split()]
        grouped[part] = {new or old: own.pop(old) for old, _, new in moves if old in flat}
    return own | grouped
