"""One commit's DVC project, opened with our own configuration; what is broken in it is told and set aside."""

import os
import posixpath
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dvc
from dvc.config import Config, ConfigError
from dvc.dvcfile import LOCK_FILE, PROJECT_FILE, is_valid_filename
from dvc.repo import Repo

from experiments.projects import holder
from experiments.settings.declared import Declared
from experiments.wording import quoted
from services.dvc.extract.declarations import DEFAULT_PARAMS, load
from services.dvc.extract.documents import Unreadable, admit
from services.dvc.extract.external import close_off
from services.dvc.extract.problems import Problems
from services.dvc.extract.tree import Tree

CONFIG_LIMIT = 100_000  # bytes of .dvc/config and .dvcignore
LIMIT = 5_000_000  # bytes of dvc.yaml, dvc.lock and .dvc files
PARSING = ("bool", "list")  # the part of a repository's own configuration that says how dvc.yaml is read


class Project(Tree):
    """What DVC knows of a tree. `stages` are DVC's own objects; paths go through `path_of` to the reader."""

    default_params = (DEFAULT_PARAMS,)

    def __init__(self, tree: Path, root: Path, private: Path, problems: Problems) -> None:
        """`root`, in the commit's `tree` or the same, holds `.dvc` and is our own copy: broken files are removed from
        it, so that DVC reads the others."""
        super().__init__(tree, root, problems, Declared())
        self._nested = [path for path in dvc_folders(root) if path != "."]
        own = configuration(root, problems)
        self.remotes = _remotes(own)
        if why := _refused(own):
            told = f"DVC {dvc.__version__} refuses `{root}/.dvc/config`: {quoted(why)}. Mend it there."
            self.refused = problems.add(told)
        self.hydra = str(own.get("hydra", {}).get("enabled", "")).lower() in ("true", "yes", "on", "1")
        shutil.rmtree(root / ".dvc")  # with its config, cache, tmp and templates: nothing of them is trusted
        (root / ".dvc").mkdir()
        self.repo = Repo(str(root), config=_ours(private, own))
        close_off(self.repo.config)
        for path in self._files():
            self._load(path)
        self.stages = self.loaded.stages
        for stage in self.stages:
            for out in stage.outs:
                if (written := self.path_of(out)) is not None:
                    self.outs[written] = out

    def inside(self, path: str) -> str | None:
        """As of any tree, but no path in another project's folder: DVC lets a stage write there, which would be that
        project's numbers."""
        found = super().inside(path)
        return None if found is None or holder(self._nested, found) is not None else found

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
            lock = file.with_name(LOCK_FILE)
            if lock.is_file() and not self._admit(lock):
                self.loaded.unread_locks.append(str(lock.relative_to(self.root)))
        if self._admit(file):
            load(self.repo, path, self.loaded, self.problems)

    def _admit(self, file: Path) -> bool:
        if not file.is_file():
            return False
        try:
            admit(file, LIMIT)
        except Unreadable as why:
            self.problems.unread(file, why)
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


def _refused(own: dict[str, Any]) -> str:
    """Why DVC would end at once with this configuration; empty where it takes it."""
    try:
        Config.validate(own)
    except ConfigError as error:
        return str(error).removeprefix("config file error: ").rstrip(".")
    return ""


def _remotes(own: dict[str, Any]) -> dict[str, str]:
    """Addresses by name, that of the default one by ''."""
    sections = own.get("remote", {})
    named = {str(name): str(each.get("url", "")) for name, each in sections.items() if isinstance(each, dict)}
    default = str(own.get("core", {}).get("remote", ""))
    return {**named, "": named.get(default, "")}


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
