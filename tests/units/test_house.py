"""Rules of the project that no other tool checks."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "experiments",
    "bot",
    "handlers",
    "reports",
    "runners",
    "services",
    "operate",
    "web",
    "sandbox",
    "demo",
    "bench",
    "doctor",
    "tests",
)
FILES = [ROOT / "app.py", ROOT / "jobs.py", ROOT / "clock.py", ROOT / "trainer.py", ROOT / "wiring.py"]
FILES += [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
OURS = [path for path in FILES if "tests" not in path.relative_to(ROOT).parts]
NAMELESS = {"utils", "helpers", "manager", "base", "common", "misc"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300, "two rooms"
    assert path.stem not in NAMELESS
    assert ast.get_docstring(ast.parse(text)) or not text.strip(), "a module's docstring is its first line"


@pytest.mark.parametrize("path", sorted((ROOT / "runners/agent").rglob("*.py")), ids=name)
def test_the_agent_imports_only_the_standard_library(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        else:
            continue
        for module in modules:
            top = module.partition(".")[0]
            assert top in sys.stdlib_module_names or (ROOT / "runners/agent" / f"{top}.py").exists(), module


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES if path.parent != ROOT}), ids=name)
def test_a_folder_is_small_enough_to_look_through(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) <= 30, "two folders"


@pytest.mark.parametrize(
    "folder",
    sorted(
        {
            path.parent
            for path in OURS
            if path.parent != ROOT and "kinds" not in path.parts and "project" not in path.parts
        }
    ),
    ids=name,
)
def test_a_folder_says_what_is_in_it(folder: Path) -> None:
    assert (folder / "__init__.py").exists() and ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))


def test_no_index_address_is_committed() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    index = re.compile(rb"--(index-url|extra-index)|https?://[^ ]*/(simple|packages|pool)/")
    for file in filter(None, tracked):
        path = ROOT / file.decode()
        if path.is_file() and path != Path(__file__):
            assert not index.search(path.read_bytes()), path


def test_no_symlink_is_committed() -> None:
    """A link to an environment, say, would take the place of the folder in a checkout."""
    tracked = subprocess.run(["git", "ls-files", "--stage", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    assert not [each for each in tracked.split(b"\0") if each.startswith(b"120000")]


def test_a_decision_has_a_number_of_its_own_and_begins_with_it() -> None:
    numbers: dict[int, str] = {}
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        number = int(path.name[:4])
        assert number not in numbers, f"{path.name} and {numbers[number]} have one number"
        assert path.read_text().startswith(f"# {number}. ")
        numbers[number] = path.name
