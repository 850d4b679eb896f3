"""The demo project as a repository with a history: trained on `main`, and on a branch with a pull request."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from demo.folder import Folder
from demo.hub import REPOSITORY_ID
from demo.trouble import DemoTrouble
from experiments.limits import LIMITS
from runners.agent.agent_folder import Home
from runners.agent.errors import Trouble as AgentTrouble
from runners.agent.isolation.bubblewrap import available
from runners.agent.isolation.command_runner import CommandRunner
from runners.agent.limits import read_limits
from runners.agent.output.log import Journal, tail
from runners.agent.packages import requirements
from runners.agent.packages.environment import Installer

TEMPLATE = Path(__file__).parent / "project"
BRANCH = "wider-hidden-layer"
CHANGE = ("  hidden: 32 #", "  hidden: 64 #")  # the branch's change in params.yaml
TITLE = "A wider hidden layer"


class StepFailed(DemoTrouble):
    """A program that makes the seed failed. The message says which, and its last words."""


@dataclass(frozen=True)
class Seed:
    """A trained repository, and the data of its commits."""

    project: Path  # work tree, with the branches `main` and BRANCH
    data: Path  # what its DVC remote has to hold

    def accuracy(self, branch: str) -> float:
        """Return the accuracy on the test images, as the branch's commit has it."""
        command = ["git", "-C", str(self.project), "show", f"{branch}:results/metrics.json"]
        metrics = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return float(metrics["accuracy"])

    def description(self) -> str:
        """Return the text of the pull request."""
        before, after = self.accuracy("main"), self.accuracy(BRANCH)
        return (
            f"64 units instead of 32. Trained again: the accuracy on the test images goes from {before:.3f} to "
            f"{after:.3f}.\n\nThe learning curve still jumps, though. Is the learning rate too high?\n"
        )


def is_kept(folder: Folder) -> bool:
    """Return whether the seed was kept from last time, so that nothing has to be trained."""
    return (_place(folder) / "done").exists()


def trained_seed(folder: Folder, env: Mapping[str, str], step: Callable[[str], AbstractContextManager[None]]) -> Seed:
    """Return the seed whose DVC remote is `folder.remote`; train it unless it was kept. Raises StepFailed.

    `step` shows what is done, inside its block.
    """
    with step("Packages that it trains with: installed once"):
        programs = _environment(folder.data / "agent", env) / "bin"
    kept = _place(folder)
    seed = Seed(kept / "project", kept / "data")
    if not is_kept(folder):
        shutil.rmtree(kept, ignore_errors=True)  # what an interrupted attempt left
        kept.mkdir(parents=True)
        shutil.copytree(TEMPLATE, seed.project, ignore=shutil.ignore_patterns("__pycache__"))
        with step("Training the demo project, twice: kept for next time"):
            _train(seed, folder.remote.resolve(), {**env, "PATH": f"{programs}:{env['PATH']}", **author("ada")})
        (kept / "done").touch()
    return seed


def _place(folder: Folder) -> Path:
    # The history holds the remote's address, so the name depends on it.
    return folder.kept / f"seed-{_key(TEMPLATE, Path(__file__), str(folder.remote.resolve()), sys.version)}"


def run(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> str:
    """Run a program and return what it prints. Raises StepFailed with its last lines where it fails."""
    # Files instead of pipes: processes that stay (DVC's workers, sometimes for ever) would keep pipes open.
    with TemporaryFile() as out, TemporaryFile() as errors:
        code = subprocess.run(command, cwd=folder, env=dict(env), stdout=out, stderr=errors, check=False).returncode
        printed, warned = (_text(file) for file in (out, errors))
    if code != 0:
        said = "\n".join((printed + warned).splitlines()[-20:])
        raise StepFailed(f"`{' '.join(command)}` in {folder} ended with exit code {code}:\n{said}")
    return printed


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _train(seed: Seed, remote: Path, env: Mapping[str, str]) -> None:
    def here(*command: str) -> None:
        run(command, seed.project, env)

    here("git", "init", "--quiet", "--initial-branch", "main")
    here("dvc", "init", "--quiet")
    here("dvc", "remote", "add", "--quiet", "--default", "storage", str(remote))
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", "Read handwritten digits")
    here("dvc", "repro")  # after the first commit, which DVCLive needs
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", "Train the first network")

    here("git", "switch", "--quiet", "--create", BRANCH)
    params = seed.project / "params.yaml"
    params.write_text(params.read_text().replace(*CHANGE))
    here("dvc", "repro")
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", "Widen the hidden layer to 64")

    # Into the seed's own folder, so that `remote` can begin anew with every demo.
    here("dvc", "remote", "add", "--quiet", "--local", "seed", str(seed.data.resolve()))
    here("dvc", "push", "--quiet", "--remote", "seed", "--all-branches")


def _environment(home: Path, env: Mapping[str, str]) -> Path:
    """Install the project's packages where and as the bot's agent does: the first run then finds them."""
    room = CommandRunner(available(), why_stop=lambda: "")
    journal = Journal((), read_limits(asdict(LIMITS)))
    installer = Installer(room, Home(home), env, journal)
    try:
        # The same text as in a run's specification (bot/specification.py): it is part of the key.
        requirement = f"dvc=={version('dvc')}"
        return installer.prepare(str(REPOSITORY_ID), requirements.read(TEMPLATE, ""), requirement).folder
    except AgentTrouble as error:
        journal.close()
        raise StepFailed(f"{error}\n{tail(journal.pending()[1], 30)}") from error


def author(login: str) -> dict[str, str]:
    """Return variables that make git commit as one of the people."""
    name, email = login.title(), f"{login}@users.noreply.github.com"
    author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email}
    return author | {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}


def _key(*parts: Path | str) -> str:
    """Return a short hash of texts, files and folders of files, which changes with any of them."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(f"{part}\0".encode())
            continue
        for file in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
