"""What made the results of a run: heard from DVC itself, and seen at the files.

The room's PATH has a `dvc` of ours before the project's own: a copy of `traced.py` by the project's Python, so that a
script of the project's is traced, too. What it wrote is foreign, as all that comes out of the room is.
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

LARGEST = 4_000_000  # bytes of events
MOST = 2000  # stages, and files
LONGEST = 500  # characters of a name
SAID = 200_000  # bytes of what is said in all
KINDS = ("executed", "restored", "skipped", "failed")


@dataclass(frozen=True)
class Trace:
    """What is said of it. Not `known`: DVC has no such points, or what was written cannot be read."""

    known: bool = False
    stages: Mapping[str, str] = field(default_factory=dict)  # name -> one of KINDS
    written: Mapping[str, str] = field(default_factory=dict)  # declared result -> the stage that did; empty: the script
    declares: tuple[str, ...] = ()  # results that the pipeline declares with this run's parameters, and not without

    def said(self) -> Mapping[str, Any]:
        """As docs/runs-api.md has it."""
        names = {kind: [name for name, became in self.stages.items() if became == kind] for kind in KINDS}
        return {"known": self.known, **names, "written": dict(self.written)}


class Tracer:
    """Of one run: `tools` is read inside the room and goes first in its PATH, `notes` is written there."""

    def __init__(
        self, place: Path, project: Below, results: tuple[str, ...], scripted: bool, anew: bool = False
    ) -> None:
        """`results`: declared metric and plot files, or folders. `scripted`: a script of the project's own trains.
        `anew`: DVC restores no stage, whatever run cache a DVC remote has for it."""
        self.tools, self.notes = place / "tools", place / "notes"
        self._events = self.notes / "events"
        self._project = project
        self._results = [name for name in results if ".." not in Path(name).parts and not Path(name).is_absolute()]
        self._scripted = scripted
        self._anew = anew
        self._before: dict[str, list[int]] = {}

    def begin(self, environment: Path) -> None:
        """Put `dvc` there, where the environment has one, and see what the results are now."""
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
        """What there is to say now. Nothing runs in the room any more."""
        lines, known = self._read()
        stages: dict[str, str] = {}
        written: dict[str, str] = {}
        declares: list[str] = []
        left: dict[str, Any] = dict(self._before)  # as the last `dvc` left it
        try:
            for line in lines:
                known = known and "unknown" not in line
                for path, (before, after) in line.get("left", {}).items():
                    if before != after and (not line["keeps"] or left.get(path) == before):
                        left[path] = after
                declares += line.get("declares", ())
                if "stage" in line:
                    _take(line, stages, written)
        except (KeyError, TypeError, ValueError, AttributeError):  # no lines of ours
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
        return trace if fits and len(json.dumps(trace.said())) <= SAID else Trace()

    def _look(self) -> dict[str, list[int]]:
        """As `traced.look`, which runs inside."""
        found: dict[str, list[int]] = {}
        for name in self._results:
            for path, seen in islice(self._project.files(name), traced.MOST - len(found)):
                found[path] = [seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
        return found

    def _read(self) -> tuple[list[dict[str, Any]], bool]:
        """The events, and whether each `dvc` wrote all of its own. A project without DVC has none."""
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
    """One stage, in the order in which they came. ValueError where it is no line of ours."""
    name, became, files = line["stage"], line["became"], line["files"]
    if not isinstance(name, str) or became not in KINDS or not all(isinstance(each, str) for each in files):
        raise ValueError(name)
    known = stages.get(name, became)
    if "failed" in (became, known) or KINDS.index(became) < KINDS.index(known) or name not in stages:
        stages[name] = became
    for file in files:
        if became in ("executed", "failed"):
            written[file] = name
        else:  # it is again what an earlier run made of it
            written.pop(file, None)
