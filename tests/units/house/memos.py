"""Find all kinds of memos of the program in its modules."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.ports.memos import Memo, MemoKind
from tests.units.house.sources import ROOT, sources

Kind = MemoKind[Any, *tuple[Any, ...]]


def calls(path: Path) -> int:
    """Return how often a file makes a kind."""
    found = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = [each.value if isinstance(each, ast.Subscript) else each for each in found]
    return sum(isinstance(each, ast.Name) and each.id == MemoKind.__name__ for each in names)


def made() -> Iterator[tuple[Path, list[Kind]]]:
    """Yield each file that makes kinds, with those that its module has. Of what there is one memo, it has that."""
    for path in filter(calls, sources()):
        module = vars(import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)))
        found = [each.kind if isinstance(each, Memo) else each for each in module.values()]
        yield path, [each for each in found if isinstance(each, MemoKind)]


MADE = dict(made())
KINDS = {kind.name: kind for kinds in MADE.values() for kind in kinds}
