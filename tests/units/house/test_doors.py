"""What each process imports until it is ready, counted in a new interpreter: all of it costs time and stays in memory.

The bounds are a little above what there was when they were written; docs/adr/0056 says why they are there.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from wiring import Later

ROOT = Path(__file__).parents[3]
DRAWING = {"matplotlib", "mpl_toolkits", "numpy", "scipy", "pandas", "PIL"}
READING = {"dvc", "dvc_data", "dulwich", "pygit2", "hydra", "omegaconf"}
REACHING = {"httpx", "gidgethub", "jwt", "requests", "boto3", "kubernetes"}
WEB = {"flask", "werkzeug", "jinja2"}
WORDS = {"ruamel", "tomlkit", "markdown_it"}
# What makes the process ready, its modules of ours and of all at most, and packages of which it needs none.
DOORS = {
    "web": (
        "import app, web.batches; app.create_app()",
        170,
        850,
        DRAWING | READING | REACHING | WORDS - {"markdown_it"},
    ),
    "clock": ("import clock; clock.wired(late=True)", 150, 620, DRAWING | READING | REACHING | WEB | WORDS),
    "worker": (
        "import jobs; jobs.wired()",
        400,
        1400,
        DRAWING | WEB | {"dvc", "dulwich", "pygit2", "boto3", "kubernetes"},
    ),
    "trainer": ("import trainer; trainer.training()", 125, 600, DRAWING | READING | REACHING | WEB | WORDS),
}
OURS = {
    "app",
    "bot",
    "clock",
    "experiments",
    "handlers",
    "jobs",
    "reports",
    "runners",
    "services",
    "trainer",
    "web",
    "wiring",
}


def loaded(code: str, data: Path) -> list[str]:
    """Return the names of all modules of a new process after this code."""
    env = {
        "PATH": os.environ["PATH"],
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----",  # nothing is signed with it
        "GITHUB_WEBHOOK_SECRET": "secret",
        "REDIS_URL": "unix:///nowhere/redis.sock",
        "PUBLIC_URL": "https://studio.example.org",
        "DATA_DIR": str(data),
    }
    tell = f"{code}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", tell], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found: list[str] = json.loads(ran.stdout)
    return found


def tops(names: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("door", DOORS)
def test_a_process_imports_what_it_needs_and_no_more(door: str, tmp_path: Path) -> None:
    code, ours, total, without = DOORS[door]
    names = loaded(code, tmp_path)
    assert not tops(names) & without
    assert len([name for name in names if name.partition(".")[0] in OURS]) <= ours
    assert len(names) <= total


@pytest.mark.parametrize(
    "module", ["scipy.special", "dvc.repo", "reports.plots.chosen", "experiments.overrides.grammar"]
)
def test_an_import_that_a_process_should_not_have_is_found(module: str, tmp_path: Path) -> None:
    assert tops(loaded(f"import {module}", tmp_path)) & (DRAWING | READING)


def test_asking_for_pictures_draws_with_what_is_loaded_only_then(tmp_path: Path) -> None:
    names = loaded("from reports.plots import figures, trend; trend('loss', [('a', 1.0), ('b', 2.0)], False)", tmp_path)
    assert "matplotlib" in tops(names)
    names = loaded("from reports.plots import figures, trend", tmp_path)
    assert not tops(names) & DRAWING


def test_a_part_that_is_made_later_is_made_once_for_all_threads() -> None:
    made: list[str] = []

    def slow() -> str:
        made.append("made")
        gone_on.wait(0.05)
        return "a part"

    gone_on, part = Event(), Later(slow)
    assert not made
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: part.upper(), range(16))) == {"A PART"}
    assert made == ["made"]


def test_a_part_that_can_not_be_made_is_tried_again_at_its_next_use() -> None:
    tries = iter([OSError("no such folder"), "a part"])

    def make() -> object:
        found = next(tries)
        if isinstance(found, OSError):
            raise found
        return found

    part = Later(make)
    with pytest.raises(OSError, match="no such folder"):
        part.upper()
    assert part.upper() == "A PART"
