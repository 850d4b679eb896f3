"""Runs `dvc` and writes down what became of each stage: executed, restored from a cache, skipped, or failed.

A copy of this file runs inside the closed room, by the project's own Python, in the place of the `dvc` on its PATH. It
needs only the standard library and DVC 3, and behaves as DVC's own command does. Its output is foreign all the same:
a stage could write there, too.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import stat
import sys
import threading
from pathlib import Path
from typing import Any

MOST = 10_000  # files whose state is recorded
APART = {"--temp", "--queue", "--run-all"}  # options of `dvc exp run` that train outside of the work tree


KEEPING = (["add"], ["commit"], ["push"], ["exp", "save"])  # they may replace a file by an identical one, and no other


class Witness:
    """Watches DVC run its stages, and records which declared results each command wrote."""

    def __init__(self, project: Path, results: list[str], events: Path, anew: bool) -> None:
        """`project` is the folder that paths are relative to. `results` are declared metric and plot files, or folders.

        With `anew`, no stage is restored.
        """
        self._project = Path(os.path.realpath(project))
        self._results = list(results)
        self._events = events
        self._anew = anew
        self._count = 0
        self._became = ""
        self._wrote: list[str] = []  # files that the present stage's command wrote
        self._learned = False  # whether DVC was asked for the pipeline's declarations

    def run(self, command: list[str]) -> int:
        """Run DVC's own command under observation, and return its exit code."""
        before = self._look()
        try:
            self._hook()
        except (ImportError, AttributeError) as error:  # another version of DVC: it runs unobserved
            self._say(unknown=f"{type(error).__name__}: {error}")
        keeps = command[:1] in KEEPING or command[:2] in KEEPING
        if command[:1] == ["queue"] or (command[:2] == ["exp", "run"] and set(command) & APART):
            self._say(unknown="an experiment outside of the work tree")
        try:
            return int(importlib.import_module("dvc.cli").main() or 0)
        finally:
            self._say(left={path: [before.get(path), seen] for path, seen in self._look().items()}, keeps=keeps)
            self._say(ended=self._count)

    def _hook(self) -> None:
        """Replace three functions of DVC by observing ones.

        Raises ImportError or AttributeError where DVC lacks one.
        """
        stage = importlib.import_module("dvc.stage").Stage
        run: Any = importlib.import_module("dvc.stage.run")
        caching = importlib.import_module("dvc.stage.cache")
        cache, not_found = caching.StageCache, caching.RunCacheNotFoundError
        reproduce, execute, restore = stage.reproduce, run.cmd_run, cache.restore

        def reproduced(this: Any, *given: Any, **named: Any) -> Any:
            collect()
            self._became, self._wrote = "", []
            self._learn(this.repo)
            try:
                done = reproduce(this, *given, **named)
                self._became = self._became or "skipped"
                return done
            except Exception:
                self._became = "failed"
                raise
            finally:
                if this.cmd and self._became and not named.get("dry"):
                    self._tell(this)

        def executed(this: Any, *given: Any, **named: Any) -> Any:
            self._became, before = "executed", self._look()
            try:
                return execute(this, *given, **named)
            finally:
                self._wrote = [path for path, seen in self._look().items() if before.get(path) != seen]

        def restored(this: Any, what: Any, *given: Any, **named: Any) -> Any:
            if self._anew:
                raise not_found(what)  # as if the run cache had none: DVC goes on to the stage's command
            done = restore(this, what, *given, **named)
            self._became = "restored"
            return done

        stage.reproduce, run.cmd_run, cache.restore = reproduced, executed, restored

    def _learn(self, repo: Any) -> None:
        """Add the metric and plot files that the pipeline declares with this run's parameters to the results.

        Their paths may contain parameters' values. Adds nothing where this version of DVC does not tell.
        """
        if self._learned or os.path.realpath(repo.root_dir) != str(self._project):
            return
        self._learned = True
        try:
            index = repo.index
            keys = [*index.metric_keys.get("repo", ()), *index.plot_keys.get("repo", ())]
        except Exception:  # whatever another DVC, or a pipeline that DVC can't read, raises: the run goes on
            return
        new = sorted({"/".join(key) for key in keys} - {*self._results})[:MOST]
        if new:
            self._results += new
            self._say(declares=new)

    def _tell(self, stage: Any) -> None:
        """Record what became of a stage, and which results its command wrote or its restored outputs contain."""
        if os.path.realpath(stage.repo.root_dir) != str(self._project):
            self._say(unknown="a pipeline of another folder")
            return
        file, name = self._inside(stage.path), getattr(stage, "name", "")
        files = self._wrote
        if self._became == "restored":
            outs = [self._inside(out.fs_path) for out in stage.outs]
            files = [each for each in self._look() if any(f"{each}/".startswith(f"{out}/") for out in outs)]
        called = name if name and file == "dvc.yaml" else f"{file}:{name}" if name else file
        self._say(stage=called, became=self._became, files=files)

    def _inside(self, path: Any) -> str:
        return os.path.relpath(os.path.realpath(str(path)), self._project).replace(os.sep, "/")

    def _look(self) -> dict[str, list[int]]:
        return look(self._project, self._results)

    def _say(self, **event: Any) -> None:
        self._count += 1
        try:
            with self._events.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
        except OSError:  # the disk is full, for instance: DVC goes on, and the count at the end shows a missing line
            return


def look(project: Path, results: list[str]) -> dict[str, list[int]]:
    """Return path -> inode, bytes, and the last changes of content and of status in nanoseconds.

    It covers the files at these paths and below them, `MOST` at most. No symlink is followed.
    """
    found: dict[str, list[int]] = {}
    for name in results:
        top = project / name
        files = [top]
        try:
            if top.is_dir() and not top.is_symlink():
                files = [Path(folder, file) for folder, _, names in os.walk(top) for file in names]
        except OSError:  # no file can have this name
            continue
        for file in files:
            try:
                seen = file.lstat()
            except OSError:
                continue  # not made yet, or gone
            if len(found) < MOST and not stat.S_ISDIR(seen.st_mode):
                inside = file.relative_to(project).as_posix()
                found[inside] = [seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
    return found


def collect() -> None:
    """Let Python collect garbage again, but not look through what was imported before: that stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def leave(code: int) -> None:
    """End this process: wait for its threads, call what is registered for the end, and flush what was printed.

    Python would then take each of DVC's 1,400 modules apart, which takes a fifth of a trivial run. Returns where this
    Python or its output is not as expected; the caller then ends in the usual way.
    """
    wait, end = getattr(threading, "_shutdown", None), getattr(atexit, "_run_exitfuncs", None)
    if wait is None or end is None:
        return
    wait()
    end()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream:  # None where it was closed before
                stream.flush()
    except (OSError, ValueError):
        return
    os._exit(code & 0xFF)


def main() -> int:
    """Run as `dvc` with the arguments of this process, and return its exit code."""
    if sys.argv[1:3] == ["exp", "run"] or sys.argv[1:2] == ["repro"]:
        gc.disable()  # until the first stage: what DVC imports is no garbage, and Python would look through it often
    settings = json.loads(Path(__file__).with_name("settings.json").read_text("utf-8"))
    sys.argv[0] = settings["dvc"]
    sys.path[0] = str(Path(settings["dvc"]).parent)  # as Python sets it for the command itself
    witness = Witness(Path(settings["project"]), settings["results"], Path(settings["events"]), settings["anew"])
    return witness.run(sys.argv[1:])


if __name__ == "__main__":
    ended = main()
    leave(ended)
    sys.exit(ended)
