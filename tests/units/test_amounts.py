"""Each byte of the data is counted once."""

from experiments.amounts import bytes_of, counted
from experiments.snapshot import DataFile


def test_a_folder_and_what_is_read_of_it_are_one() -> None:
    folder = DataFile("data/processed", "a" * 32 + ".dir", 4180, is_output=True)
    members = [DataFile(f"data/processed/{name}.csv", "b" * 32, 2090) for name in ("train", "test")]
    other = DataFile("data/processed.csv", "c" * 32, 10)
    assert counted([members[0], folder, other, members[1]]) == (folder, other)
    assert bytes_of([folder, other, DataFile("x", "d" * 32)]) == 4190
    assert bytes_of([DataFile("x", "d" * 32)]) is None


def test_an_address_is_no_data_of_the_project() -> None:
    assert counted([DataFile("https://example.org/a.csv", "a" * 32, 1)]) == ()
