"""Tests that are marked with one xdist_group run in one process, so that they can share a server or an environment."""

import os
import subprocess
import sys
from pathlib import Path

FOUR_IN_A_GROUP = """\
import os
import pathlib

import pytest


@pytest.mark.xdist_group("shared")
@pytest.mark.parametrize("number", range(4))
def test_where(number):
    (pathlib.Path(__file__).parent / f"ran-{os.getpid()}-{number}").touch()
"""


def test_a_group_runs_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "test_where.py").write_text(FOUR_IN_A_GROUP)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    ours = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(command, cwd=tmp_path, env=ours, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
    ran = [path.name.split("-") for path in tmp_path.glob("ran-*")]
    assert sorted(number for _, _, number in ran) == ["0", "1", "2", "3"]
    assert len({process for _, process, _ in ran}) == 1
