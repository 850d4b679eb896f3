"""One commit's DVC project, opened with our own configuration; what is broken in it is told and set aside."""

import os
import posixpath
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dvc.config import Config
from dvc.dvcfile import LOCK_FILE, PROJECT_FILE, is_valid_filename
from dvc.repo import Repo

from experiments.projects import holder
from services.extract.declarations import Loaded, load
from services.extract.documents import Unreadable, admit
from services.extract.problems import Problems

CONFIG_LIMIT = 100_000  # bytes of .dvc/config and .dvcignore
LIMIT = 5_000_000  # bytes of dvc.yaml, dvc.lock and .dvc files
PARSING = ("bool", "list")  # the part of a repository's own configuration that says how dvc.yaml is read


class Project:
    """What DVC knows of a tree. `stages` are DVC's own objects; paths go through `path_of` to the reader."""

    def __init__(self, tree: Path, root: Path, private: Path, problems: Problems) -> None:
        """`root`, in the commit's `tree` or the same, holds `.dvc` and is our own copy: broken files are removed from
        it, so that DVC reads the others."""
        self.tree = tree
        self.root = root
        self._nested = [path for path in dvc_folders(root) if path != "."]
        self.problems = problems
        own = configuration(root, problems)
        self.hydra = str(own.get("hydra", {}).get("enabled", "")).lower() in ("true", "yes", "on", "1")
        shutil.rmtree(root / ".dvc")  # with its config, cache, tmp and templates: nothing of them is trusted
        (root / ".dvc").mkdir()
        self.repo = Repo(str(root), config=_ours(private, own))
        self.dvcyamls: list[str] = []
        self.loaded = Loaded()
        for path in self._files():
            self._load(path)
        self.stages: list[Any] = self.loaded.stages
        # What writes or tracks a path, by that path.
        self.outs: dict[str, Any] = {}
        for stage in self.stages:
            for out in stage.outs:
                if (written := self.path_of(out)) is not None:
                    self.outs[written] = out

    def path_of(self, out: Any) -> str | None:
        """Path from the root of a dependency or output; None when it is a URL, or as `inside` says."""
        if out.protocol != "local":
            return None
        return self.inside(str(out.fs_path))

    def inside(self, path: str) -> str | None:
        """`path`, absolute or from the root, as path from the root; None when it is the root itself, leads out, or into
        another project's folder: DVC lets a stage write there, which would be that project's numbers."""
        relative = posixpath.relpath(posixpath.join(str(self.root), path), str(self.root))
        if relative == "." or relative.split("/")[0] == ".." or holder(self._nested, relative) is not None:
            return None
        return relative

    def in_tree(self, out: Any) -> bool:
        """Whether a dependency is a file or folder of the commit, be it outside of the project: a library beside it."""
        inside = out.protocol == "local" and Path(posixpath.normpath(str(out.fs_path))).is_relative_to(self.tree)
        return inside and bool(out.exists)

    def covering(self, path: str) -> Any:
        """The output that is `path` or a folder above it; None where there is none."""
        while path:
            if path in self.outs:
                return self.outs[path]
            path = posixpath.dirname(path)
        return None

    def _files(self) -> Iterator[str]:
        """Every dvc.yaml and .dvc file, as DVC finds them: not in ignored folders, nor in another project's."""
        for folder, folders, files in self.repo.dvcignore.walk(self.repo.fs, str(self.root), followlinks=False):
            folders.sort()
            relative = posixpath.relpath(folder, str(self.root))
            yield from (posixpath.normpath(f"{relative}/{name}") for name in sorted(files) if is_valid_filename(name))

    def _load(self, path: str) -> None:
        file = self.root / path
        if file.name == PROJECT_FILE:
            self.dvcyamls.append(path)
            self._admit(file.with_name(LOCK_FILE))
        if self._admit(file):
            load(self.repo, path, self.loaded, self.problems)

    def _admit(self, file: Path) -> bool:
        if not file.is_file():
            return False
        try:
            admit(file, LIMIT)
        except Unreadable as why:
            self.problems.add(f"{file} was left out: {why}.")
            file.unlink()
            return False
        return True


def dvc_folders(root: Path) -> Iterator[str]:
    """Folders, from `root` on and as paths from it, that are DVC projects."""
    for place, folders, _ in os.walk(root):
        folders.sort()
        if ".dvc" in folders and (Path(place) / ".dvc" / "config").is_file():
            yield os.path.relpath(place, root)
        folders[:] = [name for name in folders if name != ".dvc"]


def configuration(root: Path, problems: Problems) -> dict[str, Any]:
    """The repository's own `.dvc/config`, of which only `hydra` and `parsing` are looked at."""
    file = root / ".dvc" / "config"
    if not file.is_file():
        return {}
    try:
        if file.stat().st_size > CONFIG_LIMIT:
            raise Unreadable(f"it has more than {CONFIG_LIMIT:,} bytes")
        loaded: dict[str, Any] = Config.load_file(str(file))
    except Exception as error:  # ConfigObj raises its own kinds, one for each way to be wrong
        problems.add(f"{file} was left out: {error}.")
        return {}
    return {name: section for name, section in loaded.items() if isinstance(section, dict)}


def _ours(private: Path, own: dict[str, Any]) -> dict[str, Any]:
    """No remotes, no Git, no cache but an empty one; from the repository only how templates become text."""
    parsing = {key: own.get("parsing", {}).get(key) for key in PARSING}
    known = {"boolean_optional", "store_true", "nargs", "append"}
    return {
        "core": {
            "analytics": False,
            "check_update": False,
            "no_scm": True,
            "site_cache_dir": str(private / "site"),
        },
        "cache": {"dir": str(private / "cache")},
        "parsing": {key: value for key, value in parsing.items() if value in known},
    }
