"""A folder with a limit: which files go, which stay, and when it is looked at."""

import os
from pathlib import Path

import pytest

from services.bounded import BLOCK, PARTS, Bounded

SIZE = 10 * BLOCK


def written(folder: Path, name: str, age: int) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(bytes(SIZE - BLOCK))
    os.utime(folder / name, (1_000 - age, 1_000 - age))


def left(folder: Path) -> str:
    return "".join(sorted(each.name for each in folder.iterdir()))


def test_the_files_unused_longest_are_deleted_down_to_the_limit(tmp_path: Path) -> None:
    bound, folder = Bounded(4 * SIZE), tmp_path / "one"
    for age, name in enumerate("abcd"):
        written(folder, name, age)
    bound.add(folder, SIZE - BLOCK)
    assert left(folder) == "abc"
    written(folder, "e", 9)
    bound.add(folder, SIZE - BLOCK)
    assert left(folder) == "abc"


def test_the_newest_of_the_preferred_files_stay_up_to_half_of_the_limit(tmp_path: Path) -> None:
    bound, folder = Bounded(4 * SIZE, spare=lambda file: file.name in "bdef"), tmp_path / "one"
    for age, name in enumerate("abcdef"):
        written(folder, name, age)
    bound.add(folder, 0)
    assert left(folder) == "abd"


def test_each_folder_has_a_limit_of_its_own_and_empty_files_count(tmp_path: Path) -> None:
    bound = Bounded(8 * BLOCK)
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(12):
            (tmp_path / name / f"{number}").touch()
            bound.add(tmp_path / name, 0)
    assert all(0 < len(list((tmp_path / name).iterdir())) <= 8 for name in "ab")


def test_a_folder_is_not_listed_for_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = list[Path]()
    scandir = os.scandir

    def counted(folder: Path) -> "os._ScandirIterator[str]":
        listed.append(folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", counted)
    bound = Bounded(100 * PARTS * BLOCK)
    for _ in range(250):
        bound.add(tmp_path, 0)
    assert len(listed) == 3, "once by this process, and then for each hundred"


def test_the_names_of_deleted_files_are_passed_on(tmp_path: Path) -> None:
    gone, folder = list[str](), tmp_path / "one"
    for age, name in enumerate("abc"):
        written(folder, name, age)
    Bounded(2 * SIZE, delete=lambda file: gone.append(file.name)).add(folder, 0)
    assert gone == ["c", "b"]
