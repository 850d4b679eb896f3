"""The answer to `/data --all` about results that DVC does not keep."""

from experiments.experiment import Repository
from experiments.snapshot import Snapshot, Stage
from reports.compare.data import DataListing


def test_a_file_outside_the_repository_is_not_called_an_output_in_git() -> None:
    outs = ("/data/a.csv", "../../b.csv", "s3://c/d.csv", "../shared/m.json", "m.json")
    snapshot = Snapshot("a" * 40, "models", stages=(Stage("train", "python train.py", outs=outs),))
    shown = DataListing(Repository(1, "ada/digits", 1), (), {}, {}, "", False, True, snapshot, "")
    assert shown.uncached == ["../shared/m.json", "m.json"]
