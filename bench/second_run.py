"""Preparing the environment of a second run on a machine that was launched anew, beside pip."""

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bench import wheels
from bench.row import Figure, Goal
from bench.table import aligned
from demo.environment import clean_environment
from demo.seed import run
from experiments.limits import LIMITS
from runners.agent.agent_folder import Home
from runners.agent.isolation.bubblewrap import available
from runners.agent.isolation.command_runner import CommandRunner
from runners.agent.limits import read_limits
from runners.agent.output.log import Journal
from runners.agent.packages.environment import Installer

OWNER = "200001"  # a repository's id


def figures(rounds: int) -> tuple[Figure, ...]:
    """Prepare the environment on a machine that kept its folder, and on one that kept nothing."""
    with TemporaryDirectory(prefix="bench-") as place:
        root = Path(place).resolve()
        asked = wheels.make(root / "wheels")
        env = clean_environment(os.environ, root / "home", Path(sys.executable).parent)
        env |= {"UV_FIND_LINKS": str(root / "wheels")}  # the closed room lets uv read what is named here
        measured = [_round(root / f"round-{number}", asked, env, number) for number in range(rounds)]
    fresh, kept, pip = zip(*measured, strict=True)
    what, theirs = f"environment of {wheels.COUNT} packages", "`python -m venv` and `pip install`"
    return (
        Figure("second-run", f"{what}, folder kept", "s", kept, pip, theirs, goals=(Goal(2.0, of="ours"),)),
        Figure("second-run", f"{what}, nothing kept", "s", fresh, pip, theirs, goals=(Goal(15.0, of="ours"),)),
    )


def _round(root: Path, asked: str, env: Mapping[str, str], number: int) -> tuple[float, float, float]:
    """Return the seconds of ours without and with a kept folder, and of pip."""
    root.mkdir()
    theirs = _pip(root, asked, env) if number % 2 else 0.0
    fresh, kept = (_ours(root / "agent", asked, env) for _ in range(2))
    return fresh, kept, theirs or _pip(root, asked, env)


def _ours(home: Path, asked: str, env: Mapping[str, str]) -> float:
    begin = monotonic()
    journal = Journal((), read_limits(asdict(LIMITS)))
    try:
        installer = Installer(CommandRunner(available(), why_stop=lambda: ""), Home(home), env, journal)
        made = installer.prepare(OWNER, {"requirements.txt": asked}, f"dvc=={wheels.VERSION}")
    finally:
        journal.close()
    took = monotonic() - begin
    if len(made.packages) != wheels.COUNT:
        raise RuntimeError(f"{len(made.packages)} packages of {wheels.COUNT} are installed: {made.packages}")
    return took


def _pip(root: Path, asked: str, env: Mapping[str, str]) -> float:
    (root / "requirements.txt").write_text(asked)
    begin = monotonic()
    run([sys.executable, "-m", "venv", str(root / "venv")], root, env)
    pip = [str(root / "venv/bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    run([*pip, "install", "-r", "requirements.txt"], root, env)
    return monotonic() - begin


if __name__ == "__main__":
    print(aligned(figures(int(os.environ.get("ROUNDS") or 3))))
