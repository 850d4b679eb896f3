"""Each contract of import-linter in pyproject.toml finds the line that breaks it.

All lines below are put into one copy of the sources, each in a module of its own, and the contracts are checked once.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
# By the name of the contract: a folder, and imports that are forbidden in it.
BROKEN = {
    "The way of data: experiments <- bot <- reports <- handlers <- web": (
        ("experiments/judging", "from bot.errors import UserError"),
        ("bot", "from reports.text import markdown"),
        ("bot/ports", "from handlers.lookup import by_name"),
        ("reports/run", "from handlers.lookup import by_name"),
        ("handlers/jobs", "from web.places import Places"),
    ),
    "Nobody imports a door": (
        ("handlers", "import trainer"),
        ("handlers/commands", "from jobs import finish"),
        ("services/redis", "import trainer"),
        ("services", "from trainer import train"),
        ("runners/slurm", "import clock"),
        ("web", "from wiring import wired"),
        ("demo", "import app"),
        ("doctor", "from wiring import wired"),
        ("operate", "import wiring"),
        ("experiments", "from tests.world.world import World"),
    ),
    "What operators and the demo start is imported by nobody": (
        ("web", "from operate.switch import main"),
        ("services/github", "import doctor.finding"),
        ("runners", "from demo.hub import Hub"),
    ),
    "The sandbox is for tests and the demo": (
        ("web", "import sandbox"),
        ("services/github", "from sandbox.state import State"),
        ("runners/aws", "import sandbox.server"),
        ("operate", "import sandbox"),
        ("doctor", "import sandbox"),
        ("bench", "import sandbox"),
    ),
    "The sandbox imports nothing of ours": (
        ("sandbox/rest", "from experiments.run import Run"),
        ("sandbox", "import operate"),
    ),
    "Nothing that decides reaches out": (
        ("handlers/jobs", "import socket"),
        ("reports/text", "import socket"),
        ("experiments/data", "import socket"),
        ("experiments", "import gidgethub"),
        ("experiments/fleet", "import boto3"),
        ("bot/effects", "import subprocess"),
        ("handlers/lookup", "from services.redis.store import RedisStore"),
        ("handlers/jobs", "from runners.aws.engine import Ec2"),
        ("handlers/events", "import flask"),
        ("handlers/checks", "import tempfile"),
        ("reports/plots", "import httpx"),
        ("experiments/params", "import importlib"),
        ("experiments/readiness", "from sandbox import state"),
    ),
    "Nothing that decides looks around: time, chance and the environment are given": (
        ("experiments", "import random"),
        ("experiments/judging", "from time import time"),
        ("handlers/planning", "import secrets"),
        ("handlers/lookup", "import time"),
        ("reports/run", "from os import environ"),
        ("bot", "import os"),
    ),
    "matplotlib only in reports.plots": (
        ("reports/run", "import matplotlib.pyplot"),
        ("services/files", "from matplotlib import figure"),
        ("experiments/judging", "import matplotlib"),
    ),
    "Ports know nothing of who asks them": (("bot/ports", "from bot.effects import landing"),),
    "Runners and services know nothing of what decides": (
        ("services/git", "from reports.text import markdown"),
        ("services/redis", "from bot.dispatch import Dispatcher"),
        ("runners/kubernetes", "import handlers"),
    ),
    "Runners and services know nothing of each other": (
        ("services/redis", "from runners.aws import engine"),
        ("services/dvc", "from runners.aws import engine"),
        ("services/git", "from runners.agent.files import Below"),
        ("runners", "from services.redis.store import RedisStore"),
        ("runners/agent", "from services.redis import store"),
    ),
    "The web process is given its neighbours": (
        ("web", "from runners.aws import engine"),
        ("web", "from services.redis.store import RedisStore"),
        ("web", "from services.files import pages"),
        ("web", "import subprocess"),
        ("web", "import rq"),
    ),
    "The neighbours of services know nothing of each other": (
        ("services/dvc", "from services.git.trees import FILES_LIMIT"),
        ("services/github", "import services.redis.lanes"),
    ),
    "The engines know nothing of each other": (
        ("runners/aws", "from runners.kubernetes import job"),
        ("runners/slurm", "from runners import local"),
    ),
    "The agent imports nothing of ours": (
        ("runners/agent", "from experiments.run import Run"),
        ("runners/agent/data", "from ...aws import engine"),
        ("runners/agent", "from .. import registry"),
    ),
    "Redis and RQ only in services.redis": (("services/files", "import redis"), ("runners", "from rq import Queue")),
    "GitHub's API only in services.github": (("services/git", "import httpx"), ("runners/aws", "import jwt")),
    "AWS only in runners.aws": (("services/files", "import boto3"), ("runners/agent/data", "import botocore")),
    "Kubernetes only in runners.kubernetes": (("runners/slurm", "from kubernetes import client"),),
    "DVC itself only in services.dvc.extract, in a process of its own": (
        ("services/git", "from dvc.repo import Repo"),
        ("runners/aws", "import dvc.api"),
    ),
    "HTTP is served by web": (("services/redis", "import flask"), ("runners", "from werkzeug import exceptions")),
    "Each folder of reports is made of those below it": (
        ("reports/text", "from reports.run import report"),
        ("reports/run", "from reports.messages import general"),
        ("reports/sweep", "from reports.compare import diff"),
    ),
    "Each folder of handlers asks those below it": (
        ("handlers/lookup", "from handlers.checks import landing"),
        ("handlers/checks", "from handlers.planning import edits"),
        ("handlers/jobs", "from handlers.commands import run"),
    ),
    "The doctor and the operator's commands decide nothing": (
        ("doctor", "from handlers.lookup import by_name"),
        ("operate", "import reports"),
    ),
}
LINES = [(contract, folder, line) for contract, lines in BROKEN.items() for folder, line in lines]


@pytest.fixture(scope="module")
def broken_contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what import-linter prints for each broken contract, by its name."""
    copy = tmp_path_factory.mktemp("sources")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in LINTER["root_packages"]:
        python = shutil.ignore_patterns("*.[!p]*", "*.p[!y]*", "__pycache__")
        shutil.copytree(ROOT / package, copy / package, ignore=python)
    for number, (_, folder, line) in enumerate(LINES):
        (copy / folder / f"broken_{number}.py").write_text(f"{line}\n")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environ = os.environ | {"COLUMNS": "400", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    _, heading, broken = done.stdout.partition("Broken contracts")
    assert heading, done.stdout
    parts = re.split(r"\n([^\n]+)\n-{3,}\n", broken)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(
    ("number", "bad"), list(enumerate(LINES)), ids=[f"{folder}: {line}" for _, folder, line in LINES]
)
def test_a_line_that_breaks_a_contract_is_found(
    broken_contracts: dict[str, str], number: int, bad: tuple[str, str, str]
) -> None:
    contract, folder, _ = bad
    module = f"{folder.replace('/', '.')}.broken_{number}"
    assert re.search(rf"\b{re.escape(module)} -> ", broken_contracts.get(contract, "")), "\n".join(broken_contracts)


def test_every_contract_has_a_line_that_breaks_it() -> None:
    assert list(BROKEN) == [contract["name"] for contract in LINTER["contracts"]]
