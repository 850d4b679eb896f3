"""Appending items to a list in a YAML file, where every other character stays."""

from collections.abc import Mapping, Sequence

from ruamel.yaml.nodes import MappingNode, SequenceNode

from experiments.params.document import ParamsError
from experiments.params.yaml_literal import flow
from experiments.params.yaml_text import compose, end_of

# A text, or a name with its properties.
Item = str | Mapping[str, Mapping[str, object]]


def appended(path: str, text: str, key: str, items: Sequence[Item]) -> str:
    """Return the text with `items` at the end of the list `key` at its top. The list is added where there is none.

    The result is not read back. Raises ParamsError where `key` is no list.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    _, root = compose(path, text)
    if root is not None and not isinstance(root, MappingNode):
        raise ParamsError(f"{path} holds no mapping of names to values at its top.")
    node = next((value for name, value in root.value if name.value == key), None) if root is not None else None
    if node is None:
        start = text if not text or text.endswith("\n") else text + newline
        return f"{start}{key}:{newline}{newline.join(_block(item, '', newline) for item in items)}{newline}"
    if not isinstance(node, SequenceNode):
        raise ParamsError(f"{path}, line {node.start_mark.line + 1}: {key} is no list.")
    if node.flow_style:
        at = end_of(node.value[-1], text) if node.value else node.end_mark.index - 1
        words = ", ".join(flow(item) for item in items)
        return f"{text[:at]}{', ' if node.value else ''}{words}{text[at:]}"
    last = end_of(node, text)
    at = text.find("\n", last)
    at = len(text) if at < 0 else at - (text[at - 1] == "\r")
    lines = newline.join(_block(item, " " * node.start_mark.column, newline) for item in items)
    return f"{text[:at]}{newline}{lines}{text[at:]}"


def _block(item: Item, indent: str, newline: str) -> str:
    if isinstance(item, str):
        return f"{indent}- {flow(item)}"
    lines: list[str] = []
    for name, properties in item.items():
        lines.append(f"{indent}{'  ' if lines else '- '}{flow(name)}:")
        lines += [f"{indent}    {flow(each)}: {flow(value)}" for each, value in properties.items()]
    return newline.join(lines)
