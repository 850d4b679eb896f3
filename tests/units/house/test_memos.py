"""No two kinds of memos share a key: each is a constant of one module, and its name is its own."""

from collections import Counter

from services.redis import untyped
from tests.units.house.memos import KINDS, MADE, calls


def test_kinds_are_constants_of_one_module() -> None:
    assert {str(path): len(kinds) for path, kinds in MADE.items()} == {str(path): calls(path) for path in MADE}


def test_each_kind_has_a_name_of_its_own() -> None:
    names = Counter(kind.name for kinds in MADE.values() for kind in kinds)
    assert [name for name, count in names.items() if count > 1] == []
    assert not {name for name in names if ":" in name or not name}


def test_names_of_former_untyped_memos_belong_to_kinds() -> None:
    assert {*untyped.NAMES} <= {*KINDS}
