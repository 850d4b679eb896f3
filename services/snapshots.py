"""What projects say of themselves at a commit: extracted once by DVC in a process of its own, and kept by tree."""

import hashlib
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from bot.errors import UserError
from bot.ports import Git
from experiments.experiment import Repository
from experiments.snapshot import MetricFile, Plot, Reading, Snapshot
from runners.agent import isolation

log = logging.getLogger(__name__)

FORMAT = 4  # goes up when a snapshot of the same tree would say something else
SECONDS = 90  # wall time of one extraction
OUTPUT_LIMIT = 32_000_000  # bytes of JSON
PROJECT = Path(__file__).resolve().parents[1]
SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True)
class Kept:
    """A snapshot on disk."""

    format: int
    files: str  # SHA-256 of the tar it was last taken with; empty without one
    snapshot: Snapshot


KEPT = TypeAdapter(Kept)
SNAPSHOT = TypeAdapter(Snapshot)


class _Unextracted(Exception):
    """The process ended without an answer: what it was doing, as the end of a sentence."""


class DvcSnapshots:
    """The port `Snapshots`, by DVC in a subprocess that has no secrets, and with `isolate` no network and no files."""

    def __init__(self, git: Git, folder: Path, isolate: bool, seconds: float = SECONDS) -> None:
        """`folder` keeps the snapshots, `seconds` is the most that one may take. RuntimeError: no bubblewrap."""
        if isolate and not isolation.available():
            raise RuntimeError("Snapshots are to be isolated and bubblewrap does not work here: install `bubblewrap`.")
        self._git = git
        self._folder = folder
        self._isolate = isolate
        self._seconds = seconds

    def take(self, repository: Repository, sha: str, project: str, files: Path | None = None) -> Snapshot:
        """As `Snapshots.take`. Nothing in the commit or in `files` raises; what can't be read is in `problems`."""
        if not SHA.fullmatch(sha):
            raise ValueError(f"not a commit's SHA: {sha!r}")
        # By tree: one commit made again, to be signed say, or reached in another way, says the same of itself.
        place = self._folder / str(repository.id) / f"{self._git.tree(repository, sha)}-{_key(project)}.json"
        digest = _digest(files)
        kept = _read(place)
        if kept is not None and (not digest or kept.files == digest or not kept.snapshot.unfetched):
            return replace(kept.snapshot, sha=sha)
        try:
            snapshot = self._extract(repository, sha, project, files)
        except _Unextracted as why:
            # Not kept: a machine under load, or full, must not speak for the commit for ever.
            sentence = (
                f"This commit could not be read: {why}. Its DVC files, parameters, metrics or plots are too much."
            )
            return replace(kept.snapshot if kept else Snapshot(sha, project), sha=sha, problems=(sentence,))
        if kept is not None:
            snapshot = _completed(kept.snapshot, snapshot)
        _write(place, Kept(FORMAT, digest, snapshot))
        return snapshot

    def _extract(self, repository: Repository, sha: str, project: str, files: Path | None) -> Snapshot:
        with tempfile.TemporaryDirectory(prefix="snapshot-") as name:
            workspace = Path(name).resolve()
            for part in ("tree", "private", "private/home"):
                (workspace / part).mkdir()
            try:
                self._git.checkout(repository, sha, workspace / "tree")
            except UserError as error:  # too large to lay out, or names that Git itself refuses
                raise _Unextracted(error.message) from error
            answer = workspace / "private" / "answer.json"
            command = self._command(workspace, sha, project, files)
            _run(command, _environment(workspace / "private"), answer, self._seconds)
            if answer.stat().st_size > OUTPUT_LIMIT:
                raise _Unextracted(f"it says more than {OUTPUT_LIMIT:,} bytes of itself")
            try:
                return SNAPSHOT.validate_json(answer.read_bytes())
            except ValidationError as error:
                log.warning("extraction of %s of repository %s answered %s", sha, repository.id, error)
                raise _Unextracted("what was read of it is no snapshot") from error

    def _command(self, workspace: Path, sha: str, project: str, files: Path | None) -> list[str]:
        program = PROJECT / "services" / "extract" / "__main__.py"
        # -I: neither the tree, nor the environment, nor a home folder adds code of its own
        argv = [sys.executable, "-I", "-B", "-X", "utf8", str(program), str(workspace), sha, project]
        read = [PROJECT / "services", PROJECT / "experiments", *isolation.interpreter()]
        if files is not None:
            files = files.resolve()
            argv.append(str(files))
            read.append(files)
        if not self._isolate:
            return argv
        env = _environment(workspace / "private")
        return isolation.wrap(argv, read=read, write=[workspace], folder=workspace / "tree", env=env, network=False)


def _environment(private: Path) -> dict[str, str]:
    """All that the process gets to know; DVC's folders are empty ones."""
    home = str(private / "home")
    folders = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR")
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(private / "site"),
        **dict.fromkeys(folders, home),
    }


def _run(argv: list[str], env: dict[str, str], answer: Path, seconds: float) -> None:
    """Run the extraction with `answer` as its standard output. Raises _Unextracted unless it ended well."""
    errors = answer.with_suffix(".log")
    with answer.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            argv, env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise _Unextracted(f"reading it took more than {seconds:g} seconds") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if code != 0:
        with errors.open("rb") as said:
            said.seek(max(0, errors.stat().st_size - 2_000))
            log.warning("extraction ended with %s: %r", code, said.read())
        if abs(code) % 128 == signal.SIGXCPU:
            raise _Unextracted("reading it took more than its share of processor time")
        raise _Unextracted(f"the process that reads it ended early (code {code})")


def _completed(before: Snapshot, after: Snapshot) -> Snapshot:
    """`before` with what was not fetched then and is read now: what was read once stays as it is."""
    metrics: dict[str, MetricFile] = {metric.path: metric for metric in after.metrics}
    plots: dict[str, list[Plot]] = {}
    for plot in after.plots:
        plots.setdefault(plot.path, []).append(plot)

    def now(plot: Plot) -> list[Plot]:
        if plot.reading is not Reading.NOT_FETCHED:
            return [plot]
        below = [p for path, found in plots.items() if path.startswith(f"{plot.path}/") for p in found]
        same = [p for p in plots.get(plot.path, []) if p.id == plot.id]
        return same or below or [plot]

    return replace(
        before,
        sha=after.sha,
        metrics=tuple(
            metrics.get(metric.path, metric) if metric.reading is Reading.NOT_FETCHED else metric
            for metric in before.metrics
        ),
        plots=tuple(one for plot in before.plots for one in now(plot)),
        problems=after.problems,
    )


def _key(project: str) -> str:
    """Of a folder with any name."""
    return hashlib.sha256(project.encode()).hexdigest()[:16]


def _digest(files: Path | None) -> str:
    if files is None:
        return ""
    with files.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _read(place: Path) -> Kept | None:
    """What is kept there in today's format; None otherwise."""
    try:
        kept = KEPT.validate_json(place.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return kept if kept.format == FORMAT else None


def _write(place: Path, kept: Kept) -> None:
    """Whole or not at all: another process may read at this moment."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=place.name, delete=False) as file:
        file.write(to_json(kept, inf_nan_mode="constants"))
    Path(file.name).replace(place)
