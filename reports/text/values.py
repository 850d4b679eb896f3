"""Parameters as Markdown: YAML on one line, and for a long list, the items that differ."""

from experiments.params.lists import compared
from experiments.params.merging import GONE
from experiments.params.yaml_literal import flow
from experiments.snapshot import Value
from experiments.wording import some
from reports.text.markdown import code

NONE = "–"
_LONG = 60  # characters of YAML beyond which only the changes of a list are shown
_ITEMS = 8  # most items that are named


def side(value: Value) -> str:
    """Return one side of a parameter as Markdown. A dash stands for GONE."""
    return NONE if value is GONE else code(flow(value), 80)


def or_absent(value: Value) -> str:
    """Return a parameter's value on one side of a merge as Markdown. GONE becomes `absent`."""
    return "absent" if value is GONE else code(flow(value), 80)


def sides(before: Value, after: Value) -> tuple[str, str]:
    """Return both sides as Markdown. Of long lists, return the lengths and the items that were added or removed: `59
    items: −a`."""
    lists = isinstance(before, list) and isinstance(after, list)
    if not lists or max(len(flow(before)), len(flow(after))) <= _LONG:
        return side(before), side(after)
    items = compared([flow(each) for each in before], [flow(each) for each in after])
    if items.moved:
        return _length(before), f"{_length(after)}, in another order"
    changes = [f"{sign}{code(item, 40)}" for sign, some in (("−", items.removed), ("+", items.added)) for item in some]
    return _length(before), f"{_length(after)}: {some(changes, _ITEMS)}"


def _length(value: Value) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"
