"""Amounts of data: each byte is counted once."""

from experiments.data.amounts import bytes_of, counted
from experiments.snapshot import DataFile, Snapshot


def counted_of(*files: DataFile, project: str = "") -> tuple[DataFile, ...]:
    """Return what is counted for a project in this folder."""
    return counted(Snapshot("a" * 40, project, data=files))


def test_a_folder_and_the_files_read_from_it_are_counted_once() -> None:
    folder = DataFile("data/processed", "a" * 32 + ".dir", 4180, is_output=True)
    members = [DataFile(f"data/processed/{name}.csv", "b" * 32, 2090) for name in ("train", "test")]
    other = DataFile("data/processed.csv", "c" * 32, 10)
    assert counted_of(members[0], folder, other, members[1]) == (folder, other)
    assert bytes_of([folder, other, DataFile("x", "d" * 32)]) == 4190
    assert bytes_of([DataFile("x", "d" * 32)]) is None


def test_an_address_is_not_counted_as_data_of_the_project() -> None:
    assert counted_of(DataFile("https://example.org/a.csv", "a" * 32, 1)) == ()


def test_data_outside_the_repository_is_not_counted() -> None:
    paths = ("/Users/ada/a.csv", "../a.csv", "../../a.csv", "a.csv")
    files = [DataFile(path, "a" * 32, 2) for path in paths]
    assert [file.path for file in counted_of(*files)] == ["a.csv"]
    assert [file.path for file in counted_of(*files, project="models")] == ["../a.csv", "a.csv"], "another folder of it"
