"""What CONTRIBUTING.md tells people to type runs something."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINES = re.findall(r"-m pytest (\S+\.py)(?: -k (\w+))?", (ROOT / "CONTRIBUTING.md").read_text())


def test_there_are_lines() -> None:
    assert LINES


@pytest.mark.parametrize(("file", "word"), LINES)
def test_a_line_selects_tests(file: str, word: str) -> None:
    assert re.search(rf"^def test_\w*{word}", (ROOT / file).read_text(), re.MULTILINE)
