"""Which stages a file comes from, over all dvc.yaml files of a project."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from experiments.snapshot import Stage

_LAST = chr(0x10FFFF)


class Lineage:
    """What writes what, looked up by path."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._deps = {stage.name: stage.deps for stage in stages}
        self._writing: dict[str, set[str]] = {}  # what is written -> names of the stages that write it
        for stage in stages:
            for out in stage.outs:
                self._writing.setdefault(_key(out), set()).add(stage.name)
        self._sorted = sorted(self._writing)
        self._lengths = sorted({*map(len, self._writing)})

    def declared(self, path: str) -> set[str]:
        """Return the names of the stages of which it is an output, or in one."""
        key = _key(path)
        around = (key[:length] for length in self._lengths if length <= len(key))
        return {name for each in around for name in self._writing.get(each, ())}

    def behind(self, paths: Iterable[str], names: Iterable[str] = ()) -> frozenset[str]:
        """Return these names, and those of all stages that make one of the paths or what these stages read, directly or
        by what they make in turn."""
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
        """Names of the stages that write something in this folder."""
        key = _key(path)
        inside = self._sorted[bisect_left(self._sorted, key) : bisect_left(self._sorted, key + _LAST)]
        return {name for each in inside for name in self._writing[each]}


@lru_cache(maxsize=10_000)  # pipelines are asked for the same few paths
def _key(path: str) -> str:
    """`a/b/` of `./a//b`: what is in a folder begins with the folder's own."""
    plain = str(PurePosixPath(path))
    return "" if plain == "." else f"{plain.rstrip('/')}/"
