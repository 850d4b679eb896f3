"""The lock files: each package by version and hash, from any index, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "requirements"
LOCKS = sorted(FOLDER.rglob("*.txt"))
PINNED = re.compile(
    r"[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9_,-]+\])?==[A-Za-z0-9.!+]+(?: ; [^;@]+)?(?: --hash=sha256:[0-9a-f]{64})+"
)


def requirements(text: str) -> list[str]:
    """Return each requirement on one line, without comments."""
    joined = re.sub(r" *\\\n *", " ", text)
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def wrong(text: str) -> list[str]:
    return [line[:80] for line in requirements(text) if not PINNED.fullmatch(line)]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_each_requirement_has_one_version_and_hashes(lock: Path) -> None:
    assert requirements(lock.read_text())
    assert wrong(lock.read_text()) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_lock_is_made_from_names_alone(lock: Path) -> None:
    for line in requirements(lock.with_suffix(".in").read_text()):
        assert re.fullmatch(
            r"-r (?:\.\./)?[a-z]+\.in|[A-Za-z0-9._-]+(?:\[[a-z0-9,]+\])?(?:[<>=!]=?[0-9.]+)?(?: *; [^;@]+)?", line
        )


@pytest.mark.parametrize(
    "line",
    [
        "flask",
        "flask==3.1",
        "flask>=3 --hash=sha256:" + "a" * 64,
        "flask @ https://example.org/flask.whl --hash=sha256:" + "a" * 64,
        "git+https://example.org/flask --hash=sha256:" + "a" * 64,
        "-e . --hash=sha256:" + "a" * 64,
        "--find-links https://example.org",
        "flask==3.1 --hash=md5:" + "a" * 32,
    ],
)
def test_a_line_of_another_form_is_detected(line: str) -> None:
    assert wrong(line)
