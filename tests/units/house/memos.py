"""All kinds of memos that the program has, found in its modules."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.ports.memos import Memo
from tests.units.house.sources import ROOT, sources


def calls(path: Path) -> int:
    """Return how often a file makes a kind."""
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return sum(isinstance(node.func, ast.Name) and node.func.id == Memo.__name__ for node in found)


def made() -> Iterator[tuple[Path, list[Memo[Any]]]]:
    """Yield each file that makes kinds, with those that its module has."""
    for path in filter(calls, sources()):
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        yield path, [each for each in vars(module).values() if isinstance(each, Memo)]


MADE = dict(made())
KINDS = {memo.name: memo for memos in MADE.values() for memo in memos}
