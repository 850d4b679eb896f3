"""Docstrings of functions begin with a verb, so that they are understood without the function's name."""

import ast
from collections.abc import Iterator

from tests.units.house.sources import ROOT, sources

NO_VERBS = {
    "A",
    "All",
    "An",
    "As",
    "From",
    "How",
    "Its",
    "It",
    "No",
    "None",
    "Not",
    "Of",
    "One",
    "So",
    "That",
    "The",
    "Their",
    "These",
    "They",
    "This",
    "Those",
    "What",
    "When",
}
NO_VERBS |= {"Where", "Whether", "Which", "Who", "Whose", "Why", "With", "Without"}


def riddles(source: str) -> Iterator[str]:
    """Yield the name and the first words of each function whose docstring begins with no verb; properties name what
    they are.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = (ast.get_docstring(node) or "").split()
            if any("property" in ast.unparse(each) for each in node.decorator_list):
                continue
            if words and words[0].strip("`.,:") in NO_VERBS:
                yield f"{node.name}: {' '.join(words[:5])}"


def test_docstrings_begin_with_a_verb() -> None:
    found = {str(path.relative_to(ROOT)): list(riddles(path.read_text())) for path in sources()}
    assert {path: each for path, each in found.items() if each} == {}


def test_a_docstring_without_a_verb_is_detected() -> None:
    assert list(riddles('def key(run):\n    """Of a run."""')) == ["key: Of a run."]
    assert list(riddles('class A:\n    @property\n    def key(self):\n        """The key."""')) == []
