"""Long names, shortened so that none is taken for another. The ends of paths are kept, since they differ."""

from collections.abc import Iterable, Mapping
from itertools import takewhile

_CUT = "…"
_BEGINS = "/."  # what a part of a name begins with


def apart(names: Iterable[str], limit: int) -> Mapping[str, str]:
    """Return what is shown of each name: at most `limit` characters, unless only more of them tell two names apart."""
    found = {name: ending(name, limit) for name in names}
    alike: dict[str, list[str]] = {}
    for name, shown in found.items():
        alike.setdefault(shown, []).append(name)
    for group in alike.values():
        if len(group) > 1:
            found.update(_where_they_differ(group, limit))
    return found


def ending(name: str, limit: int) -> str:
    """Return at most the last `limit` characters of a name, from the beginning of a part where one is near."""
    if len(name) <= limit:
        return name
    tail = name[len(name) - limit + 1 :]
    begins = next((place + 1 for place, char in enumerate(tail[: limit // 3]) if char in _BEGINS), 0)
    return f"{_CUT}{tail[begins:]}"


def _where_they_differ(group: list[str], limit: int) -> dict[str, str]:
    """Return names with the same ending as the first part that differs, then the ending. They are whole where that does
    not tell them apart."""
    first, last = min(group), max(group)  # of sorted texts, the first and the last share the least
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    start = max((place + 1 for place in range(common) if first[place] in _BEGINS), default=0)
    start = start if common - start <= limit // 4 else common
    shown = {name: _two_parts(name, start, common, limit) for name in group}
    return shown if len(set(shown.values())) == len(group) else {name: name for name in group}


def _two_parts(name: str, start: int, common: int, limit: int) -> str:
    """Return the differing part and the ending of a name: `…fold_0…mean_absolute_error.tsv`."""
    stop = next((place for place in range(common, len(name)) if name[place] in _BEGINS), len(name))
    stop = min(stop, start + limit // 2)
    part = f"{_CUT if start else ''}{name[start:stop]}"
    return part + ending(name[stop:], limit - len(part))
