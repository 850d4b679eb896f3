"""Finds out what made the results of a run: from DVC itself, and from the files.

Inside the room a `dvc` of ours comes before the project's own on PATH: a copy of `traced.py`, run by the project's
Python. So a project's own script is traced, too. The events are foreign, as is all that comes out of the room.
"""

import inspect
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from . import traced
from .files import Below

LARGEST = 4_000_000  # bytes of events that are read
MOST = 2000  # stages, and files, that are reported
LONGEST = 500  # characters of a name
WHOLE = 200_000  # bytes of the whole report
KINDS = ("executed", "restored", "skipped", "failed")


@dataclass(frozen=True)
class Trace:
    """What made the results of a run. Not `known` where DVC could not be observed, or its events cannot be read."""

    known: bool = False
    stages: Mapping[str, str] = field(default_factory=dict)  # name -> one of KINDS
    written: Mapping[str, str] = field(default_factory=dict)  # result -> stage that wrote it; empty: the script
    declares: tuple[str, ...] = ()  # results that the pipeline declares only with this run's parameters

    def document(self) -> Mapping[str, Any]:
        """Return it as docs/runs-api.md describes it."""
        names = {kind: [name for name, became in self.stages.items() if became == kind] for kind in KINDS}
        return {"known": self.known, **names, "written": dict(self.written)}


class Tracer:
    """Traces one run. The room reads `tools`, which comes first on PATH, and writes into `notes`."""

    def __init__(
        self, place: Path, project: Below, results: tuple[str, ...], scripted: bool, anew: bool = False
    ) -> None:
        """`results` are declared metric and plot files, or folders. `scripted`: the project's own script trains.

        With `anew`, DVC restores no stage, even where a DVC remote's run cache has it.
        """
        self.tools, self.notes = place / "tools", place / "notes"
        self._events = self.notes / "events"
        self._project = project
        self._results = [name for name in results if ".." not in Path(name).parts and not Path(name).is_absolute()]
        self._scripted = scripted
        self._anew = anew
        self._before: dict[str, list[int]] = {}

    def begin(self, environment: Path) -> None:
        """Put our `dvc` into `tools` where the environment has DVC, and record the results' present state."""
        for folder in (self.tools, self.notes):
            folder.mkdir()
        dvc = environment / "bin" / "dvc"
        if dvc.exists():
            program = self.tools / "traced.py"
            program.write_text(inspect.getsource(traced))
            settings = {"dvc": str(dvc), "project": str(self._project.path), "events": str(self._events)}
            (self.tools / "settings.json").write_text(
                json.dumps({**settings, "results": self._results, "anew": self._anew})
            )
            python = shlex.quote(str(environment / "bin" / "python"))
            command = self.tools / "dvc"
            command.write_text(f'#!/bin/sh\nexec {python} {shlex.quote(str(program))} "$@"\n')
            command.chmod(0o755)
        self._before = self._look()

    def end(self) -> Trace:
        """Return what was traced. Call it when nothing runs in the room any more."""
        lines, known = self._read()
        stages: dict[str, str] = {}
        written: dict[str, str] = {}
        declares: list[str] = []
        left: dict[str, Any] = dict(self._before)  # the state in which the last `dvc` left each file
        try:
            for line in lines:
                known = known and "unknown" not in line
                for path, (before, after) in line.get("left", {}).items():
                    if before != after and (not line["keeps"] or left.get(path) == before):
                        left[path] = after
                declares += line.get("declares", ())
                if "stage" in line:
                    _take(line, stages, written)
        except (KeyError, TypeError, ValueError, AttributeError):  # these are not lines of ours
            return Trace()
        if self._scripted:
            written |= {path: "" for path, seen in self._look().items() if left.get(path) != seen}
        if not all(isinstance(each, str) for each in declares):
            return Trace()
        names = [*stages, *written, *written.values(), *declares]
        trace = Trace(known, stages, written, tuple(declares))
        fits = (
            len(stages) <= MOST
            and max(len(written), len(declares)) <= MOST
            and all(len(name) <= LONGEST for name in names)
        )
        return trace if fits and len(json.dumps(trace.document())) <= WHOLE else Trace()

    def _look(self) -> dict[str, list[int]]:
        """Return what `traced.look` returns; that one runs inside the room."""
        found: dict[str, list[int]] = {}
        for name in self._results:
            for path, seen in islice(self._project.files(name), traced.MOST - len(found)):
                found[path] = [seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
        return found

    def _read(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the events, and whether every `dvc` wrote all of its own. A project without DVC has no events."""
        notes = Below(self.notes)
        if not notes.look(self._events.name):
            return [], self._scripted
        try:
            with notes.open(self._events.name) as (file, _):
                text = file.read(LARGEST + 1)
            lines = [json.loads(line) for line in text.decode().splitlines()] if len(text) <= LARGEST else []
            ended = sum(line.get("ended", 0) + 1 for line in lines if "ended" in line)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return [], False
        return lines, bool(lines) and ended == len(lines)


def _take(line: Mapping[str, Any], stages: dict[str, str], written: dict[str, str]) -> None:
    """Record one event of a stage; events come in order. Raises ValueError where it is not a line of ours."""
    name, became, files = line["stage"], line["became"], line["files"]
    if not isinstance(name, str) or became not in KINDS or not all(isinstance(each, str) for each in files):
        raise ValueError(name)
    known = stages.get(name, became)
    if "failed" in (became, known) or KINDS.index(became) < KINDS.index(known) or name not in stages:
        stages[name] = became
    for file in files:
        if became in ("executed", "failed"):
            written[file] = name
        else:  # an earlier run made the file, and it is back
            written.pop(file, None)
