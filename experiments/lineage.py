"""Which stages a file comes from, across all dvc.yaml files of a project."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from experiments.snapshot import Stage

_LAST = chr(0x10FFFF)


class Lineage:
    """The stages that write each path, and what these stages read."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._deps = {stage.name: stage.deps for stage in stages}
        self._writing: dict[str, set[str]] = {}  # path that is written -> names of the stages that write it
        for stage in stages:
            for out in stage.outs:
                self._writing.setdefault(_key(out), set()).add(stage.name)
        self._sorted = sorted(self._writing)
        self._lengths = sorted({*map(len, self._writing)})

    def declared(self, path: str) -> set[str]:
        """Return the names of the stages that have the path, or a folder that holds it, as an output."""
        key = _key(path)
        around = (key[:length] for length in self._lengths if length <= len(key))
        return {name for each in around for name in self._writing.get(each, ())}

    def behind(self, paths: Iterable[str], names: Iterable[str] = ()) -> frozenset[str]:
        """Return these names and those of all stages upstream: that make one of the paths, or anything that such stages
        read."""
        found, waiting = {*names}, [*paths]
        waiting += [dep for name in found for dep in self._deps[name]]
        known = {*waiting}
        while waiting:
            path = waiting.pop()
            for name in (self.declared(path) | self._within(path)) - found:
                found.add(name)
                waiting += {*self._deps[name]} - known
                known.update(self._deps[name])
        return frozenset(found)

    def _within(self, path: str) -> set[str]:
        """Return the names of the stages that write something inside this folder."""
        key = _key(path)
        inside = self._sorted[bisect_left(self._sorted, key) : bisect_left(self._sorted, key + _LAST)]
        return {name for each in inside for name in self._writing[each]}


@lru_cache(maxsize=10_000)  # a pipeline asks for the same few paths again and again
def _key(path: str) -> str:
    """Return a path so that what is in a folder begins with the folder's key: `a/b/` for `./a//b`."""
    plain = str(PurePosixPath(path))
    return "" if plain == "." else f"{plain.rstrip('/')}/"
