"""Each byte of the data is counted once."""

from experiments.data.amounts import bytes_of, counted
from experiments.snapshot import DataFile, Snapshot


def of(*files: DataFile, project: str = "") -> tuple[DataFile, ...]:
    """What is counted of a project in this folder."""
    return counted(Snapshot("a" * 40, project, data=files))


def test_a_folder_and_what_is_read_of_it_are_one() -> None:
    folder = DataFile("data/processed", "a" * 32 + ".dir", 4180, is_output=True)
    members = [DataFile(f"data/processed/{name}.csv", "b" * 32, 2090) for name in ("train", "test")]
    other = DataFile("data/processed.csv", "c" * 32, 10)
    assert of(members[0], folder, other, members[1]) == (folder, other)
    assert bytes_of([folder, other, DataFile("x", "d" * 32)]) == 4190
    assert bytes_of([DataFile("x", "d" * 32)]) is None


def test_an_address_is_no_data_of_the_project() -> None:
    assert of(DataFile("https://example.org/a.csv", "a" * 32, 1)) == ()


def test_what_is_outside_of_the_repository_is_no_data_of_the_project() -> None:
    paths = ("/Users/ada/a.csv", "../a.csv", "../../a.csv", "a.csv")
    files = [DataFile(path, "a" * 32, 2) for path in paths]
    assert [file.path for file in of(*files)] == ["a.csv"]
    assert [file.path for file in of(*files, project="models")] == ["../a.csv", "a.csv"], "another folder of it"
