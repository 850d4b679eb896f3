"""What `/data --all` says of results that DVC does not keep."""

from experiments.experiment import Repository
from experiments.snapshot import Snapshot, Stage
from reports.compare.data import DataListing


def test_what_is_outside_of_the_repository_is_no_output_that_git_has() -> None:
    outs = ("/data/a.csv", "../../b.csv", "s3://c/d.csv", "../shared/m.json", "m.json")
    snapshot = Snapshot("a" * 40, "models", stages=(Stage("train", "python train.py", outs=outs),))
    shown = DataListing(Repository(1, "ada/digits", 1), (), {}, {}, "", False, True, snapshot, "")
    assert shown.uncached == ["../shared/m.json", "m.json"]
