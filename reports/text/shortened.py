"""Names too long for their place, cut so that none is taken for another: the end of a path is what differs."""

from collections.abc import Iterable, Mapping
from itertools import takewhile

_CUT = "…"
_BEGINS = "/."  # where a part of a name begins


def apart(names: Iterable[str], limit: int) -> Mapping[str, str]:
    """Each name with what is shown of it: at most `limit` characters, but for those that only more tell apart."""
    found = {name: ending(name, limit) for name in names}
    alike: dict[str, list[str]] = {}
    for name, shown in found.items():
        alike.setdefault(shown, []).append(name)
    for group in alike.values():
        if len(group) > 1:
            found.update(_where_they_differ(group, limit))
    return found


def ending(name: str, limit: int) -> str:
    """At most `limit` characters, the last ones, from the beginning of a part where there is one near."""
    if len(name) <= limit:
        return name
    tail = name[len(name) - limit + 1 :]
    begins = next((place + 1 for place, char in enumerate(tail[: limit // 3]) if char in _BEGINS), 0)
    return f"{_CUT}{tail[begins:]}"


def _where_they_differ(group: list[str], limit: int) -> dict[str, str]:
    """Names with the same ending: the first part that is another one, then the ending; whole where that is not
    enough."""
    first, last = min(group), max(group)  # of sorted texts, these two share the least
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    start = max((place + 1 for place in range(common) if first[place] in _BEGINS), default=0)
    start = start if common - start <= limit // 4 else common
    shown = {name: _two_parts(name, start, common, limit) for name in group}
    return shown if len(set(shown.values())) == len(group) else {name: name for name in group}


def _two_parts(name: str, start: int, common: int, limit: int) -> str:
    """`…fold_0…mean_absolute_error.tsv`"""
    stop = next((place for place in range(common, len(name)) if name[place] in _BEGINS), len(name))
    stop = min(stop, start + limit // 2)
    part = f"{_CUT if start else ''}{name[start:stop]}"
    return part + ending(name[stop:], limit - len(part))
