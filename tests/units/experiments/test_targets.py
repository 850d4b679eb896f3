"""Targets of `/run`, as DVC understands them."""

import pytest

from experiments.snapshot import Stage
from experiments.targets import meant

STAGES = tuple(Stage(name, "x") for name in ("fit", "fold@0", "fold@1", "a/dvc.yaml:fit", "a/dvc.yaml:fold@0"))


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("fit", {"fit"}),
        ("fold", {"fold@0", "fold@1"}),
        ("fold@1", {"fold@1"}),
        ("dvc.yaml", {"fit", "fold@0", "fold@1"}),
        ("a/dvc.yaml", {"a/dvc.yaml:fit", "a/dvc.yaml:fold@0"}),
        ("a/dvc.yaml:fold", {"a/dvc.yaml:fold@0"}),
        ("a", set()),
    ],
)
def test_a_stage_a_group_and_a_file_are_targets(target: str, names: set[str]) -> None:
    assert meant([target], STAGES) == names
