"""What folders promise beyond their imports: each rule is a function of a module's syntax tree.

Each rule is also shown to find what breaks it.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DECIDING = ("experiments", "bot", "reports", "handlers")
PACKAGES = (*DECIDING, "runners", "services", "operate", "web", "sandbox", "demo", "bench", "doctor")
DOORS = {  # and what of our own code each may import
    "app.py": {"bot", "services", "web", "wiring"},
    "jobs.py": {"bot", "experiments", "handlers", "reports", "services", "wiring", "jobs"},
    "clock.py": {"bot", "experiments", "handlers", "services", "wiring"},
    "trainer.py": {"bot", "services", "wiring", "trainer"},
    "wiring.py": {"bot", "experiments", "runners", "services"},
}
MODULES = {*PACKAGES, *(Path(door).stem for door in DOORS), "tests"}
# Modules that may read the environment: doors, and programs of their own.
ENVIRONMENT = (
    *(
        "app.py",
        "wiring.py",
        "operate/",
        "doctor/__main__.py",
        "demo/",
        "sandbox/",
        "bench/__main__.py",
        "bench/processes.py",
        "bench/second_run.py",
        "bench/webhook.py",
        "bench/webhook_row.py",
    ),
    *("runners/local.py", "runners/agent/", "services/dvc/extract/batch.py"),
)
# It reads the files that variables name, once, for a door.
READS = ("bot/settings.py",)

_BUILTINS = {"open", "input", "print", "eval", "exec", "compile", "__import__", "breakpoint"}
_OF_FILES = {"read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "rmdir", "touch", "iterdir"}
_OF_FILES |= {"glob", "rglob", "chmod", "expanduser", "cwd", "home", "symlink_to"}
_OF_CLOCKS = {"now", "utcnow", "today"}
Rule = Callable[[ast.AST], Iterator[str]]


def sources(*folders: str) -> list[str]:
    return [str(path.relative_to(ROOT)) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def found(rule: Rule, text: str, name: str = "") -> list[str]:
    return [f"{name}:{getattr(node, 'lineno', 0)}: {what}" for node in ast.walk(ast.parse(text)) for what in rule(node)]


def found_in(names: Sequence[str], rule: Rule) -> list[str]:
    assert names, "a folder without files"
    return [each for name in names for each in found(rule, (ROOT / name).read_text(), name)]


def imported(node: ast.AST) -> list[str]:
    """Return the modules and names that a statement imports, such as `os.environ`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def reads_the_environment(node: ast.AST) -> Iterator[str]:
    names = [name.rpartition(".")[2] for name in imported(node) if name.startswith("os.")]
    names += [node.attr] if isinstance(node, ast.Attribute) else []
    yield from {"environ", "environb", "getenv", "getenvb", "putenv"} & {*names}


def reaches_out(node: ast.AST) -> Iterator[str]:
    """Tell whether it opens a file, reads a clock, runs text as code, or fetches something."""
    yield from (name for name in imported(node) if name.startswith(("urllib.request", "urllib.error")))
    if not isinstance(node, ast.Call):
        return
    asked, first = node.func, next(iter(node.args), None)
    if isinstance(asked, ast.Name) and asked.id in {*_BUILTINS, "Path"}:
        yield asked.id
    if not isinstance(asked, ast.Attribute):
        return
    if asked.attr in _OF_FILES or (asked.attr == "open" and (first is None or isinstance(first, ast.Constant))):
        yield asked.attr
    if asked.attr in _OF_CLOCKS and ast.unparse(asked.value).rpartition(".")[2] in ("datetime", "date"):
        yield asked.attr


def changes_in_place(node: ast.AST) -> Iterator[str]:
    """Tell whether it keeps state between calls, or makes values that others can change."""
    if isinstance(node, ast.Global):
        yield "global"
    if isinstance(node, ast.ClassDef):
        for made in node.decorator_list:
            if ast.unparse(made).startswith("dataclass") and "frozen=True" not in ast.unparse(made):
                yield f"{node.name} is not frozen"


def takes_a_port(node: ast.AST) -> Iterator[str]:
    for name in imported(node):
        module, _, what = name.rpartition(".")
        if module.startswith("bot.ports"):
            value = getattr(import_module(module), what)
            if what == "Ports" or getattr(value, "_is_protocol", False):
                yield name


def test_only_doors_read_the_environment() -> None:
    names = [name for name in (*DOORS, *sources(*PACKAGES)) if not name.startswith(ENVIRONMENT)]
    assert not found_in(names, reads_the_environment)


@pytest.mark.parametrize("folder", DECIDING)
def test_folders_that_decide_reach_nothing_by_themselves(folder: str) -> None:
    assert not found_in([name for name in sources(folder) if name not in READS], reaches_out)


@pytest.mark.parametrize("folder", DECIDING)
def test_values_are_frozen(folder: str) -> None:
    assert not found_in(sources(folder), changes_in_place)


def test_reports_get_values_and_no_port() -> None:
    assert not found_in(sources("reports"), takes_a_port)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_imports_only_what_is_listed_for_it(door: str) -> None:
    names = {name for node in ast.walk(ast.parse((ROOT / door).read_text())) for name in imported(node)}
    assert {name.partition(".")[0] for name in names} & MODULES <= DOORS[door]
    if door == "trainer.py":
        assert not [name for name in names if name.startswith(("services.git", "services.dvc", "reports"))]


BAD = (
    (reads_the_environment, "import os\nroot = os.environ['HOME']"),
    (reads_the_environment, "from os import environ"),
    (reads_the_environment, "import os as system\nroot = system.getenv('HOME')"),
    (reaches_out, "text = open('x').read()"),
    (reaches_out, "from pathlib import Path\ntext = Path('x').read_text()"),
    (reaches_out, "def f(path):\n    with path.open('wb') as file: file.write(b'')"),
    (reaches_out, "def f(path):\n    return path.open()"),
    (reaches_out, "from pathlib import Path\nplace = Path(name).resolve()"),
    (reaches_out, "from datetime import datetime\nnow = datetime.now()"),
    (reaches_out, "import datetime\nday = datetime.date.today()"),
    (reaches_out, "from urllib.request import urlopen"),
    (reaches_out, "import urllib.request"),
    (reaches_out, "__import__('socket')"),
    (changes_in_place, "def f():\n    global seen\n    seen = 1"),
    (changes_in_place, "@dataclass\nclass Value:\n    x: int"),
    (changes_in_place, "@dataclass(kw_only=True)\nclass Value:\n    x: int"),
    (takes_a_port, "from bot.ports import Ports"),
    (takes_a_port, "from bot.ports.store import Store"),
)
GOOD = (
    (reads_the_environment, "def application(environ, start): return environ"),
    (reaches_out, "from datetime import datetime, UTC\nday = datetime.fromtimestamp(0.0, UTC)"),
    (reaches_out, "from urllib.parse import quote\npull.open(ports)"),
    (changes_in_place, "@dataclass(frozen=True)\nclass Value:\n    x: int"),
    (takes_a_port, "from bot.ports.git import UNDECLARED"),
)


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_code_that_breaks_a_rule_is_detected(rule: Rule, text: str) -> None:
    assert found(rule, text)


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_code_that_breaks_no_rule_is_accepted(rule: Rule, text: str) -> None:
    assert not found(rule, text)
