"""Sentences about data of which two sides have different versions."""

from experiments.data.versions import other_data
from experiments.snapshot import DataFile, Snapshot


def test_each_file_is_named_once_and_not_again_after_an_earlier_sentence() -> None:
    before, after = (
        Snapshot(md5 * 40, data=tuple(DataFile(path, md5 * 32) for path in ("a.csv", "b.csv"))) for md5 in "ab"
    )
    both = "Data differs: `a.csv` and `b.csv` are other versions than at the base."
    assert other_data(before, after, "the base") == both
    earlier = "The numbers were not measured alike: `a.csv` differs from that of the base."
    assert (
        other_data(before, after, "the base", earlier) == "Data differs: `b.csv` is another version than at the base."
    )
    assert other_data(before, before, "the base") == ""
