"""`-S` sets a list, an empty mapping or null exactly as DVC's own `--set-param` does."""

from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from experiments.overrides import plan
from experiments.params import read, same
from experiments.snapshot import Snapshot

TEXTS = {
    "p.yaml": "a:\n- 1\n- 2\nflow: [1, 2]\ne: {}\nn: null\nl: []\nof:\n- [1]\n- 2\n",
    "p.toml": "a = [1, 2]\nl = []\n[m]\nx = 1\n",
    "p.json": '{"a": [1, 2], "e": {}, "n": null, "l": []}\n',
    "p.py": "a = [1, 2]\nl = []\n",
}


@pytest.mark.parametrize(
    ("file", "edit"),
    [
        *((file, edit) for file in TEXTS for edit in ("a=[]", "a=[5]", "a=[5,6]", "a=[5,6,7]", "l=[1]", "l=[]")),
        *((file, "a=null") for file in ("p.yaml", "p.json", "p.py")),
        *((file, edit) for file in ("p.yaml", "p.json") for edit in ("e={}", "n={}", "n=[]", "n=null")),
        ("p.yaml", "flow=[]"),
        ("p.yaml", "flow=null"),
        ("p.yaml", "of=[]"),
    ],
)
def test_a_list_a_mapping_or_null_is_what_dvc_makes_of_it(tmp_path: Path, file: str, edit: str) -> None:
    ours = plan([f"{file}:{edit}"], Snapshot("a" * 40, param_files=tuple(TEXTS)), TEXTS)
    assert not ours.problems
    theirs = tmp_path / file
    theirs.write_text(TEXTS[file])
    apply_overrides(theirs, [edit])
    assert same(read(file, ours.edits.get(file, TEXTS[file])), read(file, theirs.read_text()))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("p.toml:a=null", "TOML has no null"),
        ("p.yaml:e={x:1}", "write its parameters into the file"),
        ("p.yaml:n={x:1}", "cannot be set to a mapping"),
        ("p.toml:m={}", "is a group of parameters in `p.toml`: set one of `m.x`"),
    ],
)
def test_a_value_that_cannot_be_set_is_reported_without_a_suggestion(edit: str, message: str) -> None:
    (problem,) = plan([edit], Snapshot("a" * 40, param_files=tuple(TEXTS)), TEXTS).problems
    assert message in problem.message
    assert not problem.fix
