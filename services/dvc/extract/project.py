"""Opens one commit's DVC project with our own configuration; what is broken in it is reported and removed."""

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
from services.dvc.extract.documents import Unreadable, admit
from services.dvc.extract.dvc_file import DEFAULT_PARAMS, load
from services.dvc.extract.external import close_off
from services.dvc.extract.problems import ProblemList
from services.dvc.extract.tree import Tree

CONFIG_LIMIT = 100_000  # bytes of .dvc/config and .dvcignore
LIMIT = 5_000_000  # bytes of dvc.yaml, dvc.lock and .dvc files
PARSING = ("bool", "list")  # which part of a repository's configuration says how dvc.yaml is read


class Project(Tree):
    """A DVC project in a tree. `stages` are DVC's own objects; `path_of` gives the paths that a reader sees."""

    default_params = (DEFAULT_PARAMS,)

    def __init__(self, tree: Path, root: Path, private: Path, problems: ProblemList) -> None:
        """Open the project. `root` is the commit's `tree` or a folder in it, and holds `.dvc`.

        The tree is our own copy: broken files are removed from it, so that DVC can read the others.
        """
        super().__init__(tree, root, problems, Declared())
        self._nested = [path for path in dvc_folders(root) if path != "."]
        own = configuration(root, problems)
        self.remotes = _remotes(own)
        if why := _refused(own):
            refusal = f"DVC {dvc.__version__} refuses `{root}/.dvc/config`: {quoted(why)}. Mend it there."
            self.refused = problems.add(refusal)
        self.hydra = str(own.get("hydra", {}).get("enabled", "")).lower() in ("true", "yes", "on", "1")
        shutil.rmtree(root / ".dvc")  # with its config, cache, tmp and templates: none of them is trusted
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
        """Return as `Tree.inside` does, but None for a path in another project's folder.

        DVC lets a stage write there, and the numbers would be that project's.
        """
        found = super().inside(path)
        return None if found is None or holder(self._nested, found) is not None else found

    def _files(self) -> Iterator[str]:
        """Yield every dvc.yaml and .dvc file, as DVC finds them: not in ignored folders or other projects."""
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
    """Yield the folders at and below `root` that are DVC projects, as paths from it."""
    for place, folders, _ in os.walk(root):
        folders.sort()
        if ".dvc" in folders and (Path(place) / ".dvc" / "config").is_file():
            yield os.path.relpath(place, root)
        folders[:] = [name for name in folders if name != ".dvc"]


def configuration(root: Path, problems: ProblemList) -> dict[str, Any]:
    """Return the repository's own `.dvc/config`.

    Only a few of its settings are used, and none goes to DVC unchecked.
    """
    file = root / ".dvc" / "config"
    if not file.is_file():
        return {}
    try:
        if file.stat().st_size > CONFIG_LIMIT:
            raise Unreadable(f"it has more than {CONFIG_LIMIT:,} bytes")
        loaded: dict[str, Any] = Config.load_file(str(file))
    except Exception as error:  # ConfigObj raises a different exception for each mistake
        problems.add(f"{file} was left out: {error}.")
        return {}
    return {name: section for name, section in loaded.items() if isinstance(section, dict)}


def _refused(own: dict[str, Any]) -> str:
    """Return why DVC would refuse this configuration at once; empty where it accepts it."""
    try:
        Config.validate(own)
    except ConfigError as error:
        return str(error).removeprefix("config file error: ").rstrip(".")
    return ""


def _remotes(own: dict[str, Any]) -> dict[str, str]:
    """Return the addresses of DVC remotes by name; the default one's has the name ''."""
    sections = own.get("remote", {})
    named = {str(name): str(each.get("url", "")) for name, each in sections.items() if isinstance(each, dict)}
    default = str(own.get("core", {}).get("remote", ""))
    return {**named, "": named.get(default, "")}


def _ours(private: Path, own: dict[str, Any]) -> dict[str, Any]:
    """Return our configuration: no remotes, no Git, an empty cache. Of the repository's, only `parsing` is taken."""
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
