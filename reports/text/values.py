"""Parameters as people write them: YAML on one line, and of a long list what is another in it."""

from experiments.params.lists import compared
from experiments.params.merging import GONE
from experiments.params.yaml_literal import flow
from experiments.snapshot import Value
from experiments.wording import some
from reports.text.markdown import code

NONE = "–"
_LONG = 60  # characters of YAML from which on a list is told by what changed in it
_ITEMS = 8  # that are named


def side(value: Value) -> str:
    """One side of a parameter as Markdown; GONE is a side that has none."""
    return NONE if value is GONE else code(flow(value), 80)


def or_absent(value: Value) -> str:
    """A parameter's value on one side of a merge as Markdown; GONE where that side has no such parameter."""
    return "absent" if value is GONE else code(flow(value), 80)


def sides(before: Value, after: Value) -> tuple[str, str]:
    """Both sides as Markdown. Of long lists each side's length, and what was put in or taken out: `59 items: −a`."""
    lists = isinstance(before, list) and isinstance(after, list)
    if not lists or max(len(flow(before)), len(flow(after))) <= _LONG:
        return side(before), side(after)
    items = compared([flow(each) for each in before], [flow(each) for each in after])
    if items.moved:
        return _length(before), f"{_length(after)}, in another order"
    said = [f"{sign}{code(item, 40)}" for sign, some in (("−", items.removed), ("+", items.added)) for item in some]
    return _length(before), f"{_length(after)}: {some(said, _ITEMS)}"


def _length(value: Value) -> str:
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"
