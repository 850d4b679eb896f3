"""Where people write what their projects need: files that are read, and files that are only named."""

from pathlib import Path

import pytest

from experiments.readiness.prerequisites import Installs
from services.dvc.extract.installed import asked

EDITED = "-e git+https://github.com/o/r.git@" + "a" * 40 + "#egg=r\n"
SETUP = "from setuptools import setup\nsetup(name='x', install_requires=['numpy'])\n"


def written(tree: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return tree


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/requirements.txt", "numpy\n"),
        ("requirements/base.txt", "numpy\n"),
        ("requirements/train.txt", "numpy\n"),
        ("environment.yml", "dependencies: [numpy]\n"),
        ("setup.py", SETUP),
    ],
)
def test_files_that_are_found_but_not_read_are_named(tmp_path: Path, name: str, text: str) -> None:
    tree = written(tmp_path, {name: text})
    assert asked(tree, tree) == Installs(untaken=(name,))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "numpy\n"),
        ("requirements.txt", "numpy\r\n".encode("utf-16")),
        ("requirements.txt", EDITED),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.9'\nnumpy = '^1.26'\n"),
        ("pyproject.toml", "[dependency-groups]\ntrain = ['numpy']\n"),
    ],
)
def test_files_that_are_read_are_named_as_the_source(tmp_path: Path, name: str, text: str | bytes) -> None:
    found = asked(written(tmp_path, {name: text, "environment.yml": "name: x\n"}), tmp_path)
    assert (found.path, found.untaken, found.trouble) == (name, (), "")


def test_a_setup_py_without_dependencies_is_not_named(tmp_path: Path) -> None:
    tree = written(tmp_path, {"setup.py": "from setuptools import setup\nsetup(name='x')\n"})
    assert asked(tree, tree) == Installs()
