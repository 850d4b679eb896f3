"""YAML parameter files: read as DVC reads them (ruamel, YAML 1.2), edited in place."""

import re
import warnings
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from experiments.params.document import (
    MAX_DEPTH,
    MAX_VALUES,
    ParamsError,
    Path,
    invalid,
    spelled,
    too_deep,
    too_large,
)
from experiments.params.span import Span
from experiments.snapshot import Value

_MERGE = "tag:yaml.org,2002:merge"
_COLON = re.compile(r"[ \t]*:")
# Exceptions of ruamel for a value that does not fit its tag: `!!bool x`, a 31st of February, thousands of digits.
_UNCONSTRUCTABLE = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
_ANCHOR = re.compile(r"(&\S+)\s+")


def read(path: str, text: str) -> Value:
    """Return the document. Raises ParamsError, also for aliases that contain themselves or repeat too much."""
    yaml, root = compose(path, text)
    if root is None:
        return {}
    try:
        document = yaml.constructor.construct_document(root)
    except YAMLError as error:
        raise _refusal(path, error) from error
    except _UNCONSTRUCTABLE as error:
        raise invalid(path, "YAML", str(error)) from error
    return document or {}


def places(path: str, text: str, wanted: Iterable[Path]) -> dict[Path, Span]:
    """Return the place of each of these values. Raises ParamsError where a value is used in several places (anchors,
    `<<`)."""
    yaml, root = compose(path, text)
    uses = Counter(_references(root))
    return {one: _place(path, text, yaml, root, one, uses) for one in wanted}


def compose(path: str, text: str) -> tuple[Any, Any]:
    """Return ruamel's reader and the root node, whose marks tell where each node stands. The root is None for an empty
    text.

    Raises ParamsError as `read` does.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor's name used twice is allowed
            root = yaml.compose(text)
    except YAMLError as error:
        raise _refusal(path, error) from error
    except (ValueError, OverflowError) as error:  # `%YAML 99.x`, an escape past the last character
        raise invalid(path, "YAML", str(error)) from error
    if root is not None:
        _measure(path, root, {})
    return yaml, root


def _refusal(path: str, error: YAMLError) -> ParamsError:
    if isinstance(error, MaxDepthExceededError):
        return too_deep(path)
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return invalid(path, "YAML", error.problem or "it cannot be read", mark.line + 1 if mark else 0)
    return invalid(path, "YAML", "it holds a character that YAML does not allow")


def _measure(path: str, node: Node, known: dict[int, tuple[int, int] | None]) -> tuple[int, int]:
    """Return how many values a node stands for and how many levels they have, with every alias followed.

    An alias refers to what stands before it, which is in `known` by then. So recursion is never deeper than the text.
    Raises ParamsError where a limit is exceeded.
    """
    if id(node) in known:
        seen = known[id(node)]
        if seen is None:
            raise ParamsError(f"{path}, line {node.start_mark.line + 1}: a YAML alias contains itself.")
        return seen
    known[id(node)] = None
    inner = [_measure(path, child, known) for child in _below(node)]
    size, depth = 1 + sum(size for size, _ in inner), 1 + max((depth for _, depth in inner), default=0)
    if size > MAX_VALUES:
        raise too_large(path)
    if depth > MAX_DEPTH + 1:
        raise too_deep(path)
    if isinstance(node, MappingNode) and not all(isinstance(key, ScalarNode) for key, _ in node.value):
        line = node.start_mark.line + 1
        raise ParamsError(f"{path}, line {line}: a key is a list or a mapping; parameters need plain keys.")
    known[id(node)] = size, depth
    return size, depth


def _below(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _references(root: Node) -> Iterable[int]:
    todo, seen = [root], set()
    while todo:
        node = todo.pop()
        yield id(node)
        if id(node) not in seen:
            seen.add(id(node))
            todo += _below(node)


def _place(path: str, text: str, yaml: Any, root: Node, wanted: Path, uses: Counter[int]) -> Span:
    name = spelled(wanted)
    node, after = root, 0
    for step in wanted:
        node, after = _child(yaml, node, step)
        if node is None:
            raise ParamsError(f"{path}: {name} comes from a merge (<<) and is not written there; edit the file itself.")
        if uses[id(node)] > 1:
            raise ParamsError(
                f"{path}: {name} is shared through the YAML anchor &{node.anchor}, so that more than it would change; "
                "edit the file itself."
            )
    start, end = node.start_mark.index, end_of(node, text)
    named = 0  # index after an anchor's name
    if anchor := _ANCHOR.match(text, start, end):
        start, named = anchor.end(), anchor.end(1)
    raw = text[start:end]
    if raw.startswith("!"):
        raise ParamsError(f"{path}: {name} has the YAML tag {raw.split()[0]}; edit the file itself.")
    if not raw:
        colon = _COLON.match(text, after) if after else None
        if colon is None:
            raise ParamsError(f"{path}: nothing is written for {name}; write null there to make it a parameter.")
        return Span(colon.end(), colon.end(), "", lead=" ")
    if isinstance(node, SequenceNode) and not node.flow_style:
        newline = "\r\n" if "\r\n" in text else "\n"
        colon = _COLON.match(text, after) if after else None
        begins = named or (colon.end() if colon else start)
        column = start - (text.rfind("\n", 0, start) + 1)
        return Span(begins, end, raw, text[begins:start], newline + " " * column)
    return Span(start, end, raw)


def _child(yaml: Any, node: Node, step: Any) -> tuple[Any, int]:
    """Return the node one step below, and the index after its key (0 for a list's item). The node is None where the
    text has none."""
    if isinstance(node, SequenceNode):
        return node.value[step], 0
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if str(key.tag) == _MERGE:
                continue
            found = yaml.constructor.construct_object(key)
            if type(found) is type(step) and found == step:
                return value, key.end_mark.index
    return None, 0


def end_of(node: Node, text: str) -> int:
    """Return the index after the node's own text. The end mark of a block is at the next token, after comments and
    empty lines."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = _below(node)[-1]
        return end_of(last, text)
    at: int = node.end_mark.index
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return len(text[:at].rstrip())
    return at
