"""The stages that a target means to DVC: one stage, all of a `foreach` or `matrix`, or all of a dvc.yaml."""

from collections.abc import Collection, Iterable

from experiments.snapshot import Stage

FILE = "dvc.yaml"


def meant(targets: Collection[str], stages: Iterable[Stage]) -> set[str]:
    """Return the names of the stages that one of the targets means."""
    return {stage.name for stage in stages if not {*_names(stage.name)}.isdisjoint(targets)}


def _names(name: str) -> tuple[str, str, str]:
    """Return the targets that mean a stage: `models/dvc.yaml:train@0`, `models/dvc.yaml:train`, `models/dvc.yaml`."""
    return name, name.partition("@")[0], name.rpartition(":")[0] or FILE
