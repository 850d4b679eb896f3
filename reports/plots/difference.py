"""How much the two sides of a plot differ, which decides the pictures that a report shows and those that it folds."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from experiments.snapshot import Plot, Value
from reports.plots.images import decoded
from reports.plots.page import numeric

_SMALL = (64, 64)  # pixels, enough to compare two pictures
_LEAST = 1e-9  # for sides that differ by an unknown amount


def difference(before: Plot | None, after: Plot) -> float:
    """Return how much two sides differ: 0 where they are the same, 1 where they share nothing or one is missing.

    For curves, it is the mean distance of their points as a share of the common range. A point that one side lacks
    counts as 1, and the column that differs most decides. For other rows, it is the share that is not on both sides.
    For images, it is the mean difference of grey values.
    """
    if before is None or before.kind != after.kind:
        return 1.0
    if after.kind == "image":
        return _images(before, after)
    if before.rows == after.rows:
        return 0.0
    columns = after.ys or tuple(name for name in (after.rows[0] if after.rows else {}) if name != after.x)[-1:]
    apart = [_columns(before, after, column) for column in columns]
    measured = [each for each in apart if each is not None]
    return max(_LEAST, max(measured) if measured else _rows(before, after))


def _columns(before: Plot, after: Plot, column: str) -> float | None:
    """Return the difference in one column. None where it has no numbers."""
    left, right = _points(before, column), _points(after, column)
    values = [*left.values(), *right.values()]
    if not values:
        return None
    low, high = min(values), max(values)
    shared = left.keys() & right.keys()
    lonely = len(left.keys() ^ right.keys())
    far = sum(abs(left[x] - right[x]) for x in shared) / (high - low) if high > low else 0.0
    return (far + lonely) / (len(shared) + lonely)


def _points(plot: Plot, column: str) -> dict[float, float]:
    """Return the finite values by x, or by row number where an x is no number."""
    rows = [row for row in plot.rows if column in row]
    xs = [numeric(row.get(plot.x)) if plot.x else math.nan for row in rows]
    if not all(map(math.isfinite, xs)):
        xs = [float(place) for place in range(len(rows))]
    points = {x: numeric(row.get(column)) for x, row in zip(xs, rows, strict=True)}
    return {x: y for x, y in points.items() if math.isfinite(y)}


def _rows(before: Plot, after: Plot) -> float:
    left, right = _counted(before.rows), _counted(after.rows)
    common = (left & right).total()
    return 1 - common / max(left.total(), right.total(), 1)


def _counted(rows: Sequence[Mapping[str, Value]]) -> Counter[str]:
    return Counter(repr(sorted(row.items())) for row in rows)


def _images(before: Plot, after: Plot) -> float:
    if before.image == after.image:
        return 0.0
    pictures = [decoded(plot.image) for plot in (before, after)]
    small = [each.convert("L").resize(_SMALL).tobytes() for each in pictures if each]
    if len(small) < len(pictures):
        return 1.0
    far: int = sum(abs(left - right) for left, right in zip(*small, strict=True))
    return max(_LEAST, far / (255 * len(small[0])))
