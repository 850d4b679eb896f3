"""Lists among parameters: each is one value, with the items that were added to it or removed from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from experiments.snapshot import Param, Value

_LONG = 250_000  # pairs of items up to which lists are compared in order, since lists may be hostile


@dataclass(frozen=True)
class Items:
    """How one list differs from another, with items as YAML."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the items are the same in another order."""
        return Counter(self.removed) == Counter(self.added)


def outermost(params: Sequence[Param]) -> dict[tuple[str, str], Value]:
    """Return values by file and key. What is inside a list that is among them is left out: `layers` stays, `layers.0`
    does not."""
    lists = {(each.file, each.key) for each in params if isinstance(each.value, list) and each.value}
    return {(each.file, each.key): each.value for each in params if not _inside(each, lists)}


def without_items(params: Sequence[Param]) -> list[Param]:
    """Return the parameters without the items of lists of plain values that are among them: such a list shows its
    items."""
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
    """Return the items that were removed and added, in the order of the lists. Items are texts."""
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
