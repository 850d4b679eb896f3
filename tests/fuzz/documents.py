"""Draw unexpected JSON: a document of the usual shape with other values in some of its places."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.words import written

Place = tuple[str | int, ...]

NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1.5, 1e308, float("nan"), float("inf")])
SCALARS = st.none() | st.booleans() | NUMBERS | st.integers() | written("a", "../x", "0" * 40, most=4)
ODD = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def like(draw: st.DrawFn, *shapes: Any) -> Any:
    """Draw one of these documents with up to three of its places changed, emptied, or filled with something odd."""
    document = deepcopy(draw(st.sampled_from(shapes)))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(document))
        if not places:
            break
        _change(draw, document, draw(st.sampled_from(places)))
    return document


def _change(draw: st.DrawFn, document: Any, place: Place) -> None:
    holder = document
    for step in place[:-1]:
        holder = holder[step]
    if draw(st.integers(0, 3)):
        holder[place[-1]] = draw(ODD)
    elif isinstance(holder, dict):
        del holder[place[-1]]
    else:
        holder.append(draw(ODD))


def _places(document: Any, here: Place = ()) -> Iterator[Place]:
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inside:
        yield (*here, key)
        yield from _places(value, (*here, key))
