"""The known names closest to an unknown one, for a message that asks "did you mean"."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice

_MOST_COMPARED = 5_000
_LONGEST_COMPARED = 100  # characters
_ALIKE = 0.6  # difflib's ratio, 1.0 is equal
_BEGUN = 0.1  # likeness of a name to its beginning; other spellings of short names are farther
_SHORTEST_BEGINNING = 3  # characters


def nearest(name: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return at most `limit` known names, the closest first. None are returned where nothing is close.

    Case is ignored. The last part of a dotted name may be enough: `lr` finds `train.lr`.
    """
    word = name[:_LONGEST_COMPARED].casefold()
    scored = [(_likeness(word, one.casefold()), one) for one in islice(known, _MOST_COMPARED) if one != name]
    close = sorted((score, one) for score, one in scored if score <= 1 - _ALIKE)
    return tuple(one for _, one in close[:limit])


def safest(name: str, known: Iterable[str], harmful: Iterable[str]) -> tuple[str, str]:
    """Return the known name to offer for an unknown one, and the harmful name that may have been meant.

    A harmful name (one that destroys, starts or stops something) is never offered. The first is empty where nothing is
    close or only a harmful name is. The second is empty where no harmful name is nearer than the one that is offered.
    A beginning is nearer than another spelling: `stat` stands for `status`, not for `start`.
    """
    word, feared = name[:_LONGEST_COMPARED].casefold(), frozenset(harmful)
    begun = word.lstrip("-/")
    near = []
    for one in (each for each in islice(known, _MOST_COMPARED) if each != name):
        is_begun = len(begun) >= _SHORTEST_BEGINNING and one.casefold().lstrip("-/").startswith(begun)
        likeness = min(_likeness(word, one.casefold()), _BEGUN if is_begun else 1.0)
        if likeness <= 1 - _ALIKE:
            near.append((likeness, one in feared, one))
    if not near:
        return "", ""
    _, harms, first = min(near)
    return ("", first) if harms else (first, "")


def _likeness(word: str, known: str) -> float:
    """Return the distance of two names: 0 where only their case differs, 1 where nothing is alike."""
    if not word or len(known) > 2 * _LONGEST_COMPARED:
        return 1.0
    if word == known:
        return 0.0
    last, known_last = word.rpartition(".")[2], known.rpartition(".")[2]
    # A name that was moved or abbreviated is nearer than a similar spelling of another one in the same group.
    if last and last == known_last:
        return 0.05 + 0.1 * (1 - _ratio(word, known))
    parts = (_ratio(word, known), 0.95 * _ratio(last, known_last) if "." not in word else 0.0)
    return 1 - max(parts)


@lru_cache(maxsize=8)
def _matcher(word: str) -> SequenceMatcher[str]:
    """Return a matcher for a word. difflib prepares its second sequence once, and it is compared with many."""
    return SequenceMatcher(None, "", word, autojunk=False)


def _ratio(word: str, known: str) -> float:
    matcher = _matcher(word)
    matcher.set_seq1(known)
    # The quick ratios are upper bounds, and enough for most names.
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()
