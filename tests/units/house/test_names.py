"""One word, one meaning: no two public classes of the program have the same name."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[3]
OURS = (
    "bot",
    "experiments",
    "handlers",
    "reports",
    "services",
    "runners",
    "operate",
    "web",
    "sandbox",
    "demo",
    "bench",
)


def test_each_public_class_has_a_name_of_its_own() -> None:
    places = defaultdict(list)
    for path in [*ROOT.glob("*.py"), *(path for folder in (*OURS, "doctor") for path in (ROOT / folder).rglob("*.py"))]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
