"""One word, one meaning: no two public classes of the program have the same name."""

import ast
from collections import defaultdict

from tests.units.house.sources import ROOT, sources


def test_each_public_class_has_a_name_of_its_own() -> None:
    places = defaultdict(list)
    for path in sources():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
