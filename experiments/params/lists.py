"""Lists among parameters: one value each, and what was put into one or taken out of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from experiments.snapshot import Param, Value

_LONG = 250_000  # pairs of items that are looked at one by one; hostile lists are longer


@dataclass(frozen=True)
class Items:
    """How one list differs from another: items as YAML."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the items are the same and only their order is another one."""
        return Counter(self.removed) == Counter(self.added)


def outermost(params: Sequence[Param]) -> dict[tuple[str, str], Value]:
    """Values by file and key, without what stands inside a list that is there itself: `layers`, and no `layers.0`."""
    lists = {(each.file, each.key) for each in params if isinstance(each.value, list) and each.value}
    return {(each.file, each.key): each.value for each in params if not _inside(each, lists)}


def without_items(params: Sequence[Param]) -> list[Param]:
    """Those without the items of lists of plain values that are among them: each list says what its items are."""
    flat = {
        (each.file, each.key)
        for each in params
        if isinstance(each.value, list) and not any(isinstance(item, list | dict) for item in each.value)
    }
    return [each for each in params if not _inside(each, flat)]


def _inside(param: Param, lists: set[tuple[str, str]]) -> bool:
    steps = param.key.split(".")
    return bool(lists) and any((param.file, ".".join(steps[:end])) in lists for end in range(1, len(steps)))


def compared(before: Sequence[str], after: Sequence[str]) -> Items:
    """What was taken out and what was put in, in the order of the lists; items are texts."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    before, after = before[same:], after[same:]
    same = 0
    while same < min(len(before), len(after)) and before[-1 - same] == after[-1 - same]:
        same += 1
    before, after = before[: len(before) - same], after[: len(after) - same]
    if len(before) * len(after) > _LONG:
        out, into = Counter(before) - Counter(after), Counter(after) - Counter(before)
        return Items(tuple(out.elements()), tuple(into.elements()))
    removed: list[str] = []
    added: list[str] = []
    for kind, left, right, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            removed += before[left:right]
            added += after[start:end]
    return Items(tuple(removed), tuple(added))
