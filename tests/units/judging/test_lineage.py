"""Which stages a file comes from."""

import pytest

from experiments.lineage import Lineage
from experiments.snapshot import Stage

STAGES = (
    Stage("fetch", "f", outs=("data/raw/a.csv", "data/raw/b.csv")),
    Stage("clean", "c", deps=("data/raw",), outs=("data/clean",)),
    Stage("sub/dvc.yaml:train", "t", deps=("./data/clean/train.csv",), outs=("models",)),
    Stage("eval", "e", deps=("models/best.pt", "data/clean/test.csv"), outs=("m.json",)),
    Stage("other", "o", deps=("data/rawest",), outs=("data/rawer", "other.json")),
    Stage("again", "a", deps=("again.json",), outs=("again.json",)),
)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("m.json", "fetch clean sub/dvc.yaml:train eval"),
        ("other.json", "other"),
        ("data/clean/deep/x", "fetch clean"),
        ("models", "fetch clean sub/dvc.yaml:train"),
        ("data", "fetch clean other"),
        (".", "fetch clean sub/dvc.yaml:train eval other again"),
        ("again.json", "again"),
        ("data/ra", ""),
        ("/m.json", ""),
        ("", "fetch clean sub/dvc.yaml:train eval other again"),
    ],
)
def test_a_file_comes_from_the_stages_that_make_it_and_all_above_them(path: str, names: str) -> None:
    assert Lineage(STAGES).behind([path]) == {*names.split()}


def test_a_named_stage_counts_together_with_its_dependencies() -> None:
    assert Lineage(STAGES).behind([], ["clean"]) == {"fetch", "clean"}


def test_a_path_is_declared_if_it_is_an_output_or_lies_in_one() -> None:
    lineage = Lineage((*STAGES, Stage("all", "a", outs=("./site/",))))
    assert lineage.declared("data/clean/x") == {"clean"}
    assert lineage.declared("data") == lineage.declared("sites") == set()
    assert lineage.declared("site//index.html") == {"all"}
