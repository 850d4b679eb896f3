"""`python -m docs.write` writes what documents take from the code: the commands, and the map of the folders."""

import re
import tomllib
from pathlib import Path

import grimp

from handlers.lists import REGISTRY
from reports.pages.command_reference import command_table, commands_page

ROOT = Path(__file__).parents[1]
DOORS = ("app", "jobs", "clock", "trainer", "wiring")


def folders_map() -> str:
    """Return a Mermaid chart of the top folders, with an arrow for each import that no other arrows imply."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    folders = [name for name in linter["root_packages"] if name not in ("demo", "bench", "doctor", "operate")]
    graph = grimp.build_graph(*folders, cache_dir=None)
    asks: dict[str, set[str]] = {name: set() for name in folders}
    for module in graph.modules:
        above = module.partition(".")[0]
        asks[above] |= {each.partition(".")[0] for each in graph.find_modules_directly_imported_by(module)} - {above}
    arrows = [
        f"    {name} --> {other}"
        for name in folders
        for other in folders
        if other in asks[name] and not any(other in asks[between] for between in asks[name])
    ]
    doors = [f"    doors([{' · '.join(DOORS)}]) --> {name}" for name in ("web", "runners", "services")]
    return "\n".join(["```mermaid", "flowchart TD", *doors, *arrows, "```"])


def between_marks(text: str, mark: str, new: str) -> str:
    """Return the text with `new` between the two comments of this mark. Raises ValueError where they are absent."""
    marked = re.compile(rf"(<!-- {mark}: make docs -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    if not marked.search(text):
        raise ValueError(f"there is no <!-- {mark}: make docs --> … <!-- /{mark} -->")
    return marked.sub(lambda found: f"{found[1]}\n{new}\n\n{found[2]}", text)


def documents() -> dict[Path, str]:
    """Return the text that each document should have that is written from the code, whole or in part."""
    readme, contributing = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
    return {
        ROOT / "docs" / "commands.md": commands_page(REGISTRY),
        readme: between_marks(readme.read_text(), "commands", command_table(REGISTRY)),
        contributing: between_marks(contributing.read_text(), "map", folders_map()),
    }


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text)
