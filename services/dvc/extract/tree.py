"""One project in a commit's tree, and what DVC or the repository's configuration declares in it."""

import posixpath
from pathlib import Path
from typing import Any

from experiments.judging.evaluation import is_inside
from experiments.settings.declared import Declared
from services.dvc.extract.dvc_file import Declarations
from services.dvc.extract.problems import ProblemList


class Tree:
    """A project without DVC. Paths that a reader sees are from its root."""

    hydra = False
    refused = ""  # a sentence: why DVC refuses to work with it; empty where it does not
    default_params: tuple[str, ...] = ()  # parameter files that count even where nobody names them

    def __init__(self, tree: Path, root: Path, problems: ProblemList, declared: Declared) -> None:
        """`root` is the commit's `tree` or a folder in it. The tree is our own copy."""
        self.tree = tree
        self.root = root
        self.problems = problems
        self.dvcyamls: list[str] = []
        self.stages: list[Any] = []  # DVC's own objects
        self.outs: dict[str, Any] = {}  # path -> the output that writes or tracks it
        self.remotes: dict[str, str] = {}  # name -> address of DVC remotes that the commit names; '' is the default one
        self.unseen: tuple[str, ...] = ()  # paths in the repository whose content is not in the tree
        self.loaded = Declarations(
            metrics=[("", path) for path in declared.metrics],
            params=[("", path) for path in declared.params],
            plots=[("", {plot.path: dict(plot.properties)}) for plot in declared.plots],
        )

    def path_of(self, out: Any) -> str | None:
        """Return a dependency's or output's path from the root; None for an address, or where `inside` returns None."""
        if out.protocol != "local":
            return None
        return self.inside(str(out.fs_path))

    def inside(self, path: str) -> str | None:
        """Return a path, absolute or from the root, as one from the root; None where it leads out or is the root."""
        relative = posixpath.relpath(posixpath.join(str(self.root), path), str(self.root))
        return None if relative == "." or relative.split("/")[0] == ".." else relative

    def in_tree(self, out: Any) -> bool:
        """Return whether a dependency is a file or folder of the commit, even outside of the project."""
        return self.is_of_tree(out) and bool(out.exists)

    def is_of_tree(self, out: Any) -> bool:
        """Return whether a dependency's path leads into the commit, whether or not it exists."""
        return out.protocol == "local" and Path(posixpath.normpath(str(out.fs_path))).is_relative_to(self.tree)

    def whole(self, out: Any) -> bool:
        """Return whether a dependency in the repository is here with all its content, which a submodule's never is."""
        place = posixpath.relpath(posixpath.normpath(str(out.fs_path)), str(self.tree))
        return not any(is_inside(place, [path]) or is_inside(path, [place]) for path in self.unseen)

    def covering(self, path: str) -> Any:
        """Return the output that is `path` or a folder above it; None where there is none."""
        while path:
            if path in self.outs:
                return self.outs[path]
            path = posixpath.dirname(path)
        return None
