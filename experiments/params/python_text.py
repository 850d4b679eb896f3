"""Python parameter files: the literals that DVC's `parse_py` finds in them, edited in place."""

import ast
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from experiments.params.document import ParamsError, Path, check_size, invalid, spelled
from experiments.params.span import Span, bracketed
from experiments.snapshot import Value

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")

# Names as DVC sees them: a literal expression, or the names inside a class.
_Names = dict[str, "ast.expr | _Names"]


def read(path: str, text: str) -> Value:
    """Return the literals that are assigned in the module, in classes (as groups), and to `self.x` in `__init__`.
    Raises ParamsError."""
    document = _values(_names(_parse(path, text).body))
    check_size(path, document)
    return document


def places(path: str, text: str, wanted: Iterable[Path]) -> dict[Path, Span]:
    """Return the place of each of these values; of a name that is assigned twice, the last. Raises ParamsError."""
    names = _names(_parse(path, text).body)
    starts, lines = _lines(text)

    def index(line: int, column: int) -> int:  # ast counts columns in bytes of UTF-8
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def place(node: ast.expr) -> Span:
        start, end = index(node.lineno, node.col_offset), index(node.end_lineno or 0, node.end_col_offset or 0)
        return Span(start, end, text[start:end])

    return {one: place(_find(path, names, one)) for one in wanted}


def literal(value: Value, place: Span) -> str:
    """Return the value as a Python literal. Raises ValueError for what has none."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("Python has no literal for NaN and infinity")
    if isinstance(value, str):
        double = json.dumps(value, ensure_ascii=False)
        return double if place.raw.startswith('"') or not place.raw else _single(value)
    if isinstance(value, dict):
        inner = [f"{_item(key)}: {_item(item)}" for key, item in value.items()]
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list):
        return bracketed([_item(item) for item in value], place.raw)
    if isinstance(value, tuple):
        items = [_item(item) for item in value]
        if len(items) == 1:
            return f"({items[0]},)"
        return bracketed(items, place.raw, "()") if place.raw.startswith("(") else ", ".join(items) or "()"
    if isinstance(value, set):
        return bracketed(sorted(_item(item) for item in value), place.raw, "{}") if value else "set()"
    return repr(value)


def _item(value: Value) -> str:
    return literal(value, Span(0, 0, ""))


def _single(value: str) -> str:
    text = repr(value)
    return text if text.startswith("'") else json.dumps(value, ensure_ascii=False)


def _parse(path: str, text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise invalid(path, "Python", error.msg, error.lineno or 0) from error
    except (ValueError, RecursionError, MemoryError) as error:  # NUL; the parser's answers to absurd nesting
        raise invalid(path, "Python", str(error) or "it nests too deep") from error


def _names(body: Sequence[ast.stmt], only_self: bool = False) -> _Names:
    result: _Names = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            result[statement.name] = _names(statement.body)
        elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            result.update(_names(statement.body, only_self=True))
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            name = _name(statement, only_self)
            if name and statement.value is not None and _is_literal(statement.value):
                result[name] = statement.value
    return result


def _name(statement: ast.Assign | ast.AnnAssign, only_self: bool) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    match targets:
        case [ast.Name(id=name)] if not only_self:
            return name
        case [ast.Attribute(value=ast.Name(id="self"), attr=name)]:
            return name
    return ""


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):  # not a literal; an unhashable key; absurd nesting
        return False
    return True


def _values(names: _Names) -> dict[str, Any]:
    return {name: _values(node) if isinstance(node, dict) else ast.literal_eval(node) for name, node in names.items()}


def _find(path: str, names: _Names, wanted: Path) -> ast.expr:
    node: Any = names
    for step in wanted:
        if isinstance(node, dict):
            node = node[step]
        elif isinstance(node, ast.Dict):
            keys = [ast.literal_eval(key) for key in node.keys if key is not None]
            node = node.values[len(keys) - 1 - keys[::-1].index(step)]
        else:
            node = node.elts[step]
    if not isinstance(node, ast.expr):
        raise ParamsError(f"{path}: {spelled(wanted)} is a class; set one of its attributes.")
    return node


def _lines(text: str) -> tuple[list[int], list[str]]:
    found = list(_LINE.finditer(text))
    return [match.start() for match in found], [match[0] for match in found]
