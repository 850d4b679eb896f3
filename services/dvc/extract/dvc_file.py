"""Reads one dvc.yaml or .dvc file as DVC resolves it, stage by stage, so that a broken stage hides only itself."""

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dvc.dvcfile import LOCK_FILE, ProjectFile, load_file
from dvc.utils.strictyaml import YAMLValidationError

from services.dvc.extract.documents import Unreadable, line_of, reason
from services.dvc.extract.documents import load as load_document
from services.dvc.extract.presence import is_file
from services.dvc.extract.problems import ProblemList

PARAMS_LIMIT = 1_000_000  # bytes of a parameter file
DEFAULT_PARAMS = "params.yaml"
LOCK_LIMIT = 5_000_000  # bytes
OF_DVC_1 = (
    "{lock} was written by DVC 1, and DVC 3 refuses to do anything with it. Remove it with `git rm`; then `dvc commit "
    "-f` records the results that are there as those of these files, or `dvc repro` makes them anew. Commit dvc.lock."
)


@dataclass
class Declarations:
    """What all files of a project declare. The lists hold (folder of the dvc.yaml from the root, its entry)."""

    stages: list[Any] = field(default_factory=list)
    unlocked: set[str] = field(default_factory=set)  # addresses of stages that dvc.lock does not have
    unread: set[str] = field(default_factory=set)  # addresses of stages whose dvc.lock could not be read
    metrics: list[tuple[str, str]] = field(default_factory=list)
    params: list[tuple[str, str]] = field(default_factory=list)
    plots: list[tuple[str, Any]] = field(default_factory=list)
    unread_locks: list[str] = field(default_factory=list)  # dvc.lock files, from the root, that could not be read
    left_out: set[str] = field(default_factory=set)  # parameter files, from the root, that were reported and removed
    drawn_on: set[str] = field(default_factory=set)  # parameter files, from the root, that `vars:` names


def load(repo: Any, path: str, loaded: Declarations, problems: ProblemList) -> None:
    """Add what one file declares to `loaded`, and what is wrong in it to `problems`."""
    file = Path(repo.root_dir, path)
    text = file.read_text("utf-8")

    def attempt(read: Callable[[], Any], *keys: Any) -> Any:
        """Return what `read` returns; None where it raises, after adding a sentence that says why."""
        try:
            return read()
        except YAMLValidationError as error:
            for invalid in error.exc.errors[:5]:
                problems.add(f"{_place(path, text, invalid.path)} {invalid.error_message}.")
        except Exception as error:  # hostile files can make every part of DVC raise
            message = reason(error).rstrip(".") if isinstance(error, RecursionError) else str(error).rstrip(".")
            problems.add(f"{_place(path, text, keys)} {message or type(error).__name__}.")
        return None

    dvcfile = load_file(repo, str(file))
    if not isinstance(dvcfile, ProjectFile):
        loaded.stages += attempt(lambda: list(dvcfile.stages.values())) or []
        return
    if attempt(lambda: dvcfile.contents) is None:
        return
    _set_aside_bad_vars(Path(repo.root_dir), posixpath.dirname(path), dvcfile.contents, loaded, problems)
    lock = file.with_name(LOCK_FILE)
    try:
        known = dvcfile.lockfile_contents.get("stages") or {}
    except Exception as error:  # as above
        problems.add(OF_DVC_1.format(lock=lock) if _is_of_dvc_1(lock) else f"{lock} was left out: {_first(error)}.")
        loaded.unread_locks.append(posixpath.join(posixpath.dirname(path), LOCK_FILE))
        lock.unlink()
        dvcfile._reset()  # it caches what it read
        known = {}
    folder = posixpath.dirname(path)
    names = attempt(lambda: list(dvcfile.stages))
    for name in names or ():
        stage = attempt(partial(dvcfile.stages.__getitem__, name), "stages", _group(name, dvcfile.contents))
        if stage is not None:
            loaded.stages.append(stage)
            if posixpath.join(folder, LOCK_FILE) in loaded.unread_locks:
                loaded.unread.add(stage.addressing)
            elif name not in known:
                loaded.unlocked.add(stage.addressing)
    if names is not None:
        loaded.metrics += [(folder, entry) for entry in attempt(lambda: dvcfile.metrics, "metrics") or ()]
        loaded.params += [(folder, entry) for entry in attempt(lambda: dvcfile.params, "params") or ()]
        loaded.plots += [(folder, entry) for entry in attempt(lambda: dvcfile.plots, "plots") or ()]


def _set_aside_bad_vars(root: Path, folder: str, contents: Any, loaded: Declarations, problems: ProblemList) -> None:
    """Remove unreadable parameter files that templates use: for one of them DVC rejects the whole dvc.yaml."""
    stages = (contents.get("stages") or {}).values()
    blocks = [contents.get("vars")] + [stage.get("vars") for stage in stages if isinstance(stage, dict)]
    names = {name.partition(":")[0] for block in blocks for name in block or () if isinstance(name, str)}
    loaded.drawn_on |= {posixpath.normpath(posixpath.join(folder, name)) for name in names}
    for name in sorted({DEFAULT_PARAMS, *names}):
        path = posixpath.normpath(posixpath.join(folder, name))
        file = root / path
        if path.startswith(("/", "..")) or not is_file(file):
            continue
        try:
            if not isinstance(load_document(file, PARAMS_LIMIT), dict):
                raise Unreadable("it is not a mapping of names to values")
        except Unreadable as why:
            problems.unread(path, why)
            loaded.left_out.add(path)
            file.unlink()


def _is_of_dvc_1(lock: Path) -> bool:
    """Return whether the file has stages at its top, and not the schema that DVC 2 introduced."""
    try:
        content = load_document(lock, LOCK_LIMIT)
    except Unreadable:
        return False
    stages = content.values() if isinstance(content, dict) and "schema" not in content else ()
    return bool(stages) and all(isinstance(stage, dict) and "cmd" in stage for stage in stages)


def _group(name: str, contents: Any) -> str:
    """Return the key under which dvc.yaml has a stage: `train@0` is at `train`."""
    return name if name in contents.get("stages", {}) else name.rpartition("@")[0]


def _place(path: str, text: str, keys: Sequence[Any]) -> str:
    line = line_of(text, keys) if keys else None
    at = f"{path}, line {line}" if line else path
    return f"{at} ({'.'.join(str(key) for key in keys)}):" if keys else f"{at}:"


def _first(error: Exception) -> str:
    if isinstance(error, YAMLValidationError) and error.exc.errors:
        where = ".".join(str(key) for key in error.exc.errors[0].path)
        return f"{error.exc.errors[0].error_message} ({where})"
    return str(error).rstrip(".")
