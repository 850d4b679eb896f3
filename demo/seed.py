"""The demo project as a repository with a history: trained on `main`, and on a branch that asks for a review."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).parent / "project"
BRANCH = "wider-hidden-layer"
CHANGE = ("  hidden: 32 #", "  hidden: 64 #")  # in params.yaml: what the branch is about
TITLE = "A wider hidden layer"


class StepFailed(Exception):
    """A program that makes the seed ended badly; the message says which, and what it said last."""


@dataclass(frozen=True)
class Seed:
    """A trained repository and the data of its commits."""

    project: Path  # work tree, with the branches `main` and BRANCH
    data: Path  # what its DVC remote has to hold

    def accuracy(self, branch: str) -> float:
        """On the test images, as the branch's commit has it."""
        command = ["git", "-C", str(self.project), "show", f"{branch}:results/metrics.json"]
        metrics = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return float(metrics["accuracy"])

    def description(self) -> str:
        """What the pull request says."""
        before, after = self.accuracy("main"), self.accuracy(BRANCH)
        return (
            f"64 units instead of 32. Trained again: the accuracy on the test images goes from {before:.3f} to "
            f"{after:.3f}.\n\nThe learning curve still jumps, though. Is the learning rate too high?\n"
        )


def trained_seed(kept: Path, remote: Path, env: Mapping[str, str], python: str) -> Seed:
    """The seed whose DVC remote is the folder `remote`; trained now unless `kept` has it from last time.

    `python` is the interpreter it trains with. StepFailed.
    """
    environment = _environment(kept, env, python)
    folder = kept / f"seed-{_key(TEMPLATE, str(remote.resolve()), Path(__file__).read_text(), python)}"
    seed = Seed(folder / "project", folder / "data")
    if _is_done(folder):
        return seed
    _begin(folder)
    shutil.copytree(TEMPLATE, seed.project, ignore=shutil.ignore_patterns("__pycache__", ".dvc", "dvc.lock"))
    _train(seed, remote.resolve(), {**env, "PATH": f"{environment / 'bin'}:{env['PATH']}", **_author("ada")})
    _finish(folder)
    return seed


def run(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> str:
    """What a program prints. StepFailed with its last lines when its exit code is not 0."""
    done = subprocess.run(command, cwd=folder, env=dict(env), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise StepFailed(f"`{' '.join(command)}` in {folder} ended with exit code {done.returncode}:\n{said}")
    return done.stdout


def _train(seed: Seed, remote: Path, env: Mapping[str, str]) -> None:
    def here(*command: str) -> None:
        run(command, seed.project, env)

    here("git", "init", "--quiet", "--initial-branch", "main")
    here("dvc", "init", "--quiet")
    here("dvc", "remote", "add", "--quiet", "--default", "storage", str(remote))
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", "Read handwritten digits")
    here("dvc", "repro")  # after the first commit: DVCLive asks for one
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", "Train the first network")

    here("git", "switch", "--quiet", "--create", BRANCH)
    params = seed.project / "params.yaml"
    params.write_text(params.read_text().replace(*CHANGE))
    here("dvc", "repro")
    here("git", "add", "--all")
    here("git", "commit", "--quiet", "--message", "Widen the hidden layer to 64")

    # Into a folder of the seed's own, so that `remote` can begin anew with every demo.
    here("dvc", "remote", "add", "--quiet", "--local", "seed", str(seed.data.resolve()))
    here("dvc", "push", "--quiet", "--remote", "seed", "--all-branches")


def _environment(kept: Path, env: Mapping[str, str], python: str) -> Path:
    """A virtual environment with the project's requirements."""
    requirements = TEMPLATE / "requirements.txt"
    folder = kept / f"environment-{_key(requirements, python)}"
    if not _is_done(folder):
        _begin(folder)
        run(["uv", "venv", "--quiet", "--python", python, str(folder)], kept, env)
        install = ["uv", "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
        run([*install, "-r", str(requirements)], kept, env)
        _finish(folder)
    return folder


def _author(login: str) -> dict[str, str]:
    name, email = login.title(), f"{login}@users.noreply.github.com"
    author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email}
    return author | {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}


def _key(*parts: Path | str) -> str:
    """A short hash of texts, files and folders of files: another one when any of them changes."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(f"{part}\0".encode())
            continue
        for file in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _begin(folder: Path) -> None:
    """An empty folder, also where the last attempt was interrupted."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _finish(folder: Path) -> None:
    folder.with_suffix(".done").touch()


def _is_done(folder: Path) -> bool:
    return folder.with_suffix(".done").exists() and folder.is_dir()
