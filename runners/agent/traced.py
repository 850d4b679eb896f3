"""`dvc`, with what became of each stage written down: executed, restored from a cache, skipped, or failed.

A copy of this file runs inside the closed room, by the project's own Python, in the place of the `dvc` of its PATH. It
needs nothing but the standard library and a DVC 3, and behaves as DVC's own command does. What it writes is foreign all
the same: a stage could write there, too.
"""

from __future__ import annotations

import importlib
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

MOST = 10_000  # files that are looked at
APART = {"--temp", "--queue", "--run-all"}  # `dvc exp run` elsewhere than in the work tree


KEEPING = (["add"], ["commit"], ["push"], ["exp", "save"])  # may put a file in the place of the same one, and no other


class Witness:
    """Hears of each stage from DVC itself, and looks which declared results its command wrote."""

    def __init__(self, project: Path, results: list[str], events: Path, anew: bool) -> None:
        """`project`: the folder that paths are told from. `results`: declared metric and plot files, or folders.
        `anew`: no stage is restored."""
        self._project = Path(os.path.realpath(project))
        self._results = list(results)
        self._events = events
        self._anew = anew
        self._said = 0
        self._became = ""
        self._wrote: list[str] = []  # by the command of the present stage
        self._learned = False  # whether DVC was asked what the pipeline declares

    def run(self, command: list[str]) -> int:
        """DVC's own command, with this one looking on; its exit code."""
        before = self._look()
        try:
            self._hook()
        except (ImportError, AttributeError) as error:  # another DVC: it runs as it is
            self._say(unknown=f"{type(error).__name__}: {error}")
        keeps = command[:1] in KEEPING or command[:2] in KEEPING
        if command[:1] == ["queue"] or (command[:2] == ["exp", "run"] and set(command) & APART):
            self._say(unknown="an experiment outside of the work tree")
        try:
            return int(importlib.import_module("dvc.cli").main() or 0)
        finally:
            self._say(left={path: [before.get(path), seen] for path, seen in self._look().items()}, keeps=keeps)
            self._say(ended=self._said)

    def _hook(self) -> None:
        """Stand in for three functions of DVC. ImportError, AttributeError where it has none of these."""
        stage = importlib.import_module("dvc.stage").Stage
        run: Any = importlib.import_module("dvc.stage.run")
        caching = importlib.import_module("dvc.stage.cache")
        cache, not_found = caching.StageCache, caching.RunCacheNotFoundError
        reproduce, execute, restore = stage.reproduce, run.cmd_run, cache.restore

        def reproduced(this: Any, *given: Any, **named: Any) -> Any:
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
                raise not_found(what)  # as where the run cache has none: DVC goes on to the stage's command
            done = restore(this, what, *given, **named)
            self._became = "restored"
            return done

        stage.reproduce, run.cmd_run, cache.restore = reproduced, executed, restored

    def _learn(self, repo: Any) -> None:
        """Add the metric and plot files that the pipeline declares with the parameters of this run: their paths may
        have values of these in them. Without a word where this DVC does not tell."""
        if self._learned or os.path.realpath(repo.root_dir) != str(self._project):
            return
        self._learned = True
        try:
            index = repo.index
            keys = [*index.metric_keys.get("repo", ()), *index.plot_keys.get("repo", ())]
        except Exception:  # whatever another DVC, or a pipeline that it can't read, does here: the run goes on
            return
        new = sorted({"/".join(key) for key in keys} - {*self._results})[:MOST]
        if new:
            self._results += new
            self._say(declares=new)

    def _tell(self, stage: Any) -> None:
        """What became of a stage, and which results its command wrote or its restored outputs hold."""
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
        self._said += 1
        try:
            with self._events.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
        except OSError:  # no room left, say: DVC goes on, and the number at the end tells that a line is missing
            return


def look(project: Path, results: list[str]) -> dict[str, list[int]]:
    """Path -> inode, bytes, and nanoseconds of the last two kinds of change, of the files that are these results or in
    these folders. No symlink is followed."""
    found: dict[str, list[int]] = {}
    for name in results:
        top = project / name
        files = [top]
        try:
            if top.is_dir() and not top.is_symlink():
                files = [Path(folder, file) for folder, _, names in os.walk(top) for file in names]
        except OSError:  # a name that no file can have
            continue
        for file in files:
            try:
                seen = file.lstat()
            except OSError:
                continue  # not made yet
            if len(found) < MOST and not stat.S_ISDIR(seen.st_mode):
                inside = file.relative_to(project).as_posix()
                found[inside] = [seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
    return found


def main() -> int:
    """As `dvc`, whose arguments these are."""
    settings = json.loads(Path(__file__).with_name("settings.json").read_text("utf-8"))
    sys.argv[0] = settings["dvc"]
    sys.path[0] = str(Path(settings["dvc"]).parent)  # as for the command itself
    witness = Witness(Path(settings["project"]), settings["results"], Path(settings["events"]), settings["anew"])
    return witness.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
