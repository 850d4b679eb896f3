"""Takes snapshots of commits: DVC extracts each once, in a process of its own, and it is kept by its tree."""

import copy
import hashlib
import logging
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from time import time

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from bot.ports.git import Checkouts
from experiments.composition import Composition
from experiments.experiment import Repository
from experiments.pixels import is_packed
from experiments.settings.declared import Declared
from experiments.snapshot import FAILED, TOO_MUCH, MetricFile, Plot, Reading, Snapshot
from runners.agent.isolation import bubblewrap
from services.dvc.extract_process import Reader, all_are_read
from services.dvc.kept import CachedSnapshot, KeptSnapshots
from services.dvc.loaded import LoadedSnapshots
from services.dvc.reading_process import ReadingRefused, Unread
from services.dvc.too_much import RememberedRefusals

log = logging.getLogger(__name__)

FORMAT = 24  # goes up when a snapshot of the same tree would say something else
SECONDS = 90  # of wall time for one extraction
AT_A_TIME = 25  # commits that one process reads
SIDE_BY_SIDE = min(4, os.cpu_count() or 1)  # processes at the same time
SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


SNAPSHOT = TypeAdapter(Snapshot)
COMPOSITIONS = TypeAdapter(tuple[Composition, ...])


class DvcSnapshots:
    """Implements the port `Snapshots` with DVC in a subprocess without secrets; with `isolate`, in a closed room."""

    def __init__(
        self,
        git: Checkouts,
        folder: Path,
        isolate: bool,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time,
        refused: Callable[[str], str] = all_are_read,
    ) -> None:
        """`folder` keeps the snapshots, and `seconds` limits one extraction.

        `refused` returns in sentences why nothing of a repository (owner/name) is read; empty where it may be. Raises
        RuntimeError where `isolate` is asked for and no room can be made.
        """
        if isolate and not bubblewrap.available():
            raise RuntimeError(f"Snapshots are to be isolated. {bubblewrap.obstacle()}")
        self._git = git
        self._reader = Reader(git, isolate, seconds, refused)
        self._kept = KeptSnapshots(folder)
        self._too_much = RememberedRefusals(FORMAT, clock)

    def ready(self) -> AbstractContextManager[None]:
        """Implement `Snapshots.ready`."""
        return self._reader.spares.kept(self._reader.isolate)

    def through(self, git: Checkouts) -> "DvcSnapshots":
        """Implement `Snapshots.through`. Kept snapshots are shared, but for those of commits that only a fork has."""
        other = copy.copy(self)
        other._git, other._reader = git, replace(self._reader, git=git)
        return other

    def take(
        self, repository: Repository, sha: str, project: str, declared: Declared, files: Path | None = None
    ) -> Snapshot:
        """Implement `Snapshots.take`.

        No content of the commit or of `files` raises: `problems` says what cannot be read.
        """
        place = self._places(repository, [sha], project, declared)[sha]
        digest = _digest(files)
        kept = self._kept.read(place)
        today = kept if kept and kept.format == FORMAT else None
        if today is not None and (not digest or today.files == digest or not today.snapshot.unfetched):
            return replace(today.snapshot, sha=sha)
        known = kept.snapshot if kept else Snapshot(sha, project)
        if before := self._too_much.why(place):
            return replace(known, sha=sha, problems=(before,), unread=TOO_MUCH)
        try:
            snapshot = _parsed(repository, sha, self._reader.snapshot(repository, sha, project, declared, files))
        except Unread as why:
            # With files, the files may be too much instead of the commit.
            problem = self._remembered(place, why) if why.too_much and not digest else _problem_of(why)
            return replace(known, sha=sha, problems=(problem,), unread=TOO_MUCH if why.too_much else FAILED)
        if today is not None:
            snapshot = replace(_completed(today.snapshot, snapshot), sha=sha, problems=snapshot.problems)
        return self._keep(place, kept, CachedSnapshot(FORMAT, digest, snapshot))

    def take_all(
        self, repository: Repository, shas: Sequence[str], project: str, declared: Declared, plots: bool = False
    ) -> dict[str, Snapshot]:
        """Implement `Snapshots.take_all`: snapshots that are not kept are read, several at a time."""
        places = self._places(repository, shas, project, declared)
        first: dict[Path, str] = {}  # one commit of each tree
        for sha, place in places.items():
            first.setdefault(place, sha)
        loaded, one_at_a_time = LoadedSnapshots(plots), Lock()
        behind = [place for place in first if loaded.read(place) != FORMAT and not loaded.is_full()]
        unread = {place: (why, TOO_MUCH) for place in behind if (why := self._too_much.why(place))}
        missing = [first[place] for place in behind if place not in unread]
        some = [missing[start : start + AT_A_TIME] for start in range(0, len(missing), AT_A_TIME)]

        def read(part: Sequence[str]) -> None:
            if loaded.is_full():
                return
            for sha, answer in self._reader.snapshots(repository, part, project, declared):
                place = places[sha]
                with one_at_a_time:  # one at a time, because whole snapshots take memory
                    if loaded.is_full():
                        return
                    try:
                        new = CachedSnapshot(FORMAT, "", _parsed(repository, sha, answer))
                        loaded.add(place, self._keep(place, self._kept.read(place), new))
                    except Unread as why:
                        problem = self._remembered(place, why) if why.too_much else _problem_of(why)
                        unread[place] = problem, TOO_MUCH if why.too_much else FAILED

        with ThreadPoolExecutor(max(1, min(len(some), SIDE_BY_SIDE))) as pool:
            list(pool.map(read, some))
        found = {place: loaded.snapshot(place, project, *unread.get(place, ("", ""))) for place in first}
        return {sha: replace(found[place], sha=sha) for sha, place in places.items()}

    def compose(
        self, repository: Repository, sha: str, project: str, trials: Sequence[Sequence[str]]
    ) -> tuple[Composition, ...]:
        """Implement `Snapshots.compose`. No content of the commit raises."""
        _check(sha)
        try:
            return COMPOSITIONS.validate_json(self._reader.compositions(repository, sha, project, trials))
        except Unread as why:
            failure = f"The configuration of this commit could not be composed: {why}."
            problem = str(why) if isinstance(why, ReadingRefused) else failure
            return tuple(Composition(problem=problem) for _ in trials)

    def sweep(self, now: float) -> None:
        """Implement `Snapshots.sweep`."""
        self._kept.sweep(now)

    def _remembered(self, place: Path, why: Unread) -> str:
        """Return what is said now and to everybody who asks within the hour: it is not tried again before."""
        problem = f"{_problem_of(why)} It is read again after an hour at the earliest."
        self._too_much.remember(place, problem)
        self._kept.added(place)
        return problem

    def _places(self, repository: Repository, shas: Sequence[str], project: str, declared: Declared) -> dict[str, Path]:
        """Return the path of the snapshot of each commit.

        It names the tree, because commits with the same tree have the same snapshot. Those of commits that only a
        fork has are beside these, and go with them.
        """
        for sha in shas:
            _check(sha)
        own, key = self._kept.folder / str(repository.id), _key(project, declared)
        brought = self._git.brought(repository, shas)
        return {sha: brought.get(sha, own) / f"{self._git.tree(repository, sha)}-{key}.json" for sha in shas}

    def _keep(self, place: Path, kept: CachedSnapshot | None, read: CachedSnapshot) -> Snapshot:
        """Keep a new reading and return its snapshot.

        From an older format's snapshot it takes the files that came from the DVC remote or from training: reading the
        commit again does not bring them. What a newer version kept stays.
        """
        if kept is not None and kept.format != FORMAT:
            completed = _completed(read.snapshot, kept.snapshot)
            read = replace(read, files=read.files or kept.files, snapshot=completed)
        if kept is None or kept.format <= FORMAT:
            self._kept.write(place, read)
        return read.snapshot


def _parsed(repository: Repository, sha: str, answer: bytes | Unread) -> Snapshot:
    """Return the snapshot that a reading process answered. Raises Unread."""
    if isinstance(answer, Unread):
        raise answer
    try:
        return SNAPSHOT.validate_json(answer)
    except ValidationError as error:
        log.warning("extraction of %s of repository %s answered %s", sha, repository.id, error)
        raise Unread("what was read of it is no snapshot") from error


def _problem_of(why: Unread) -> str:
    if isinstance(why, ReadingRefused):
        return str(why)
    much = " Its DVC files, parameters, metrics or plots are too much." if why.too_much else ""
    return f"This commit could not be read: {why}.{much}"


def _check(sha: str) -> None:
    if not SHA.fullmatch(sha):
        raise ValueError(f"not a commit's SHA: {sha!r}")


def _completed(before: Snapshot, after: Snapshot) -> Snapshot:
    """Return `before` with the files that it lacks (NOT_FETCHED) and that `after` has."""
    metrics: dict[str, MetricFile] = {metric.path: metric for metric in after.metrics}
    plots: dict[str, list[Plot]] = {}
    for plot in after.plots:
        if not plot.image or is_packed(plot.image):  # before format 19 it was the file itself, which nobody decodes
            plots.setdefault(plot.path, []).append(plot)

    def now(plot: Plot) -> list[Plot]:
        if plot.reading is not Reading.NOT_FETCHED:
            return [plot]
        below = [p for path, found in plots.items() if path.startswith(f"{plot.path}/") for p in found]
        same = [p for p in plots.get(plot.path, []) if p.id == plot.id]
        return same or below or [plot]

    return replace(
        before,
        metrics=tuple(
            metrics.get(metric.path, metric) if metric.reading is Reading.NOT_FETCHED else metric
            for metric in before.metrics
        ),
        plots=tuple(one for plot in before.plots for one in now(plot)),
    )


def _key(project: str, declared: Declared) -> str:
    """Return a key of the folder, whatever its name, and the declarations: both change what a snapshot says."""
    return hashlib.sha256(to_json([project, declared])).hexdigest()[:16]


def _digest(files: Path | None) -> str:
    if files is None:
        return ""
    with files.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
