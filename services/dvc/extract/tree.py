"""One project in a commit's tree and what is declared in it, by DVC or by the repository's configuration."""

import posixpath
from pathlib import Path
from typing import Any

from experiments.judging.evaluation import is_inside
from experiments.settings.declared import Declared
from services.dvc.extract.declarations import Loaded
from services.dvc.extract.problems import Problems


class Tree:
    """A project without DVC. Paths go from its root to the reader."""

    hydra = False
    refused = ""  # why DVC refuses to work with it, a sentence
    default_params: tuple[str, ...] = ()  # parameter files that count although nobody names them

    def __init__(self, tree: Path, root: Path, problems: Problems, declared: Declared) -> None:
        """`root`, in the commit's `tree` or the same, is our own copy."""
        self.tree = tree
        self.root = root
        self.problems = problems
        self.dvcyamls: list[str] = []
        self.stages: list[Any] = []  # DVC's own objects
        self.outs: dict[str, Any] = {}  # what writes or tracks a path, by that path
        self.remotes: dict[str, str] = {}  # addresses of the DVC remotes that the commit names, '' for the default one
        self.unseen: tuple[str, ...] = ()  # paths in the repository whose content the commit's tree does not hold
        self.loaded = Loaded(
            metrics=[("", path) for path in declared.metrics],
            params=[("", path) for path in declared.params],
            plots=[("", {plot.path: dict(plot.properties)}) for plot in declared.plots],
        )

    def path_of(self, out: Any) -> str | None:
        """Path from the root of a dependency or output; None when it is a URL, or as `inside` says."""
        if out.protocol != "local":
            return None
        return self.inside(str(out.fs_path))

    def inside(self, path: str) -> str | None:
        """`path`, absolute or from the root, as path from the root; None when it leads out or is the root itself."""
        relative = posixpath.relpath(posixpath.join(str(self.root), path), str(self.root))
        return None if relative == "." or relative.split("/")[0] == ".." else relative

    def in_tree(self, out: Any) -> bool:
        """Whether a dependency is a file or folder of the commit, be it outside of the project: a library beside it."""
        return self.is_of_tree(out) and bool(out.exists)

    def is_of_tree(self, out: Any) -> bool:
        """Whether a dependency's path leads into the commit, be it there or not."""
        return out.protocol == "local" and Path(posixpath.normpath(str(out.fs_path))).is_relative_to(self.tree)

    def whole(self, out: Any) -> bool:
        """Whether a dependency in the repository is here with all its content: not in a submodule, say."""
        place = posixpath.relpath(posixpath.normpath(str(out.fs_path)), str(self.tree))
        return not any(is_inside(place, [path]) or is_inside(path, [place]) for path in self.unseen)

    def covering(self, path: str) -> Any:
        """The output that is `path` or a folder above it; None where there is none."""
        while path:
            if path in self.outs:
                return self.outs[path]
            path = posixpath.dirname(path)
        return None
