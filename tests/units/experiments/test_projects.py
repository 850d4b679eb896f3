"""Project folders, and which of them a path lies in."""

import pytest

from experiments.projects import folder, holder, named, rooted, touched


@pytest.mark.parametrize(
    ("word", "expected"), [("vision", "vision"), ("./models//vision/", "models/vision"), (".", ""), ("./", "")]
)
def test_a_folder_can_be_typed_in_several_ways_and_is_stored_in_one(word: str, expected: str) -> None:
    assert folder(word) == expected
    assert folder(named(expected)) == expected


@pytest.mark.parametrize(
    "word", ["", "/a", "..", "../a", "a/../../b", "-x", "a\nb", "a'b", "a\\b", ".git", "a/.dvc", "x" * 300]
)
def test_places_where_no_project_can_be_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|holds) "):
        folder(word)


def test_a_path_lies_in_the_innermost_project() -> None:
    assert holder(["", "a", "a/b"], "a/b/c.py") == "a/b"
    assert holder(["", "a", "a/b"], "a/bc.py") == "a"
    assert holder(["", "a"], "ab/c.py") == ""
    assert holder(["a"], "ab/c.py") is None


def test_touched_projects_are_listed_in_their_own_order() -> None:
    assert touched(["v", "s", "t"], ["s/x", "README.md", "v/y", "v/z"]) == ("v", "s")
    assert touched(["v", "s"], ["README.md"]) == ()


def test_paths_in_a_project_are_also_paths_of_the_repository() -> None:
    assert rooted("a/b", "train.py") == "a/b/train.py"
    assert rooted("", "train.py") == "train.py"
