"""Handlers that decide see the ports through `bot/ports/reading`, which can do nothing; mypy holds the rest."""

import ast
from pathlib import Path
from typing import get_type_hints

import pytest

from bot.ports import Ports
from bot.ports.reading import ReadingPorts
from handlers.lists import REGISTRY

HANDLERS = Path(__file__).parents[3] / "handlers"
DECIDING = ("checks", "commands", "events", "lookup", "planning")
# Methods that only read, by port. A name that is added here posts nothing, pushes nothing, and stores nothing.
READS = {
    "host": "bot_login external_id file find_check find_comment permission pull pushes reactions repository rules",
    # Commits that are fetched or made lie in a mirror, where nobody sees them until they are pushed.
    "git": "beginning brought changed changes checkout commit commits described fetch fetch_bounded fetch_pull held "
    "history holds is_ancestor look merge_base message objects on_branch pack read recommit remote_refs room tree "
    "verify",
    "snapshots": "compose take take_all",
    "images": "address",
    "pages": "address",
    "store": "active asked_by at_work done durations first_waiting get moving of_pull outline queued recall "
    "taken_names turn unfetched unfinished unpushed unreported weight",
    "queue": "takers",
    "files": "checkpoint held is_cut log path",
    "runner": "admit folders",
    "runners": "audit fleet",
}
AUDIT = "month paused there"
ACTING = ("host", "git", "snapshots", "images", "pages", "store", "queue", "files")  # ports that also act


def members(protocol: type) -> set[str]:
    return {name for each in protocol.__mro__ for name in vars(each) if not name.startswith("_")}


def view(port: str) -> type:
    """Return the type that `Reading` gives to a port."""
    found = get_type_hints(vars(ReadingPorts)[port].fget)["return"]
    assert isinstance(found, type)
    return found


@pytest.mark.parametrize("port", READS)
def test_the_view_of_a_port_can_only_read(port: str) -> None:
    assert members(view(port)) == {*READS[port].split()}


def test_the_log_of_machines_is_read_only() -> None:
    assert members(get_type_hints(vars(view("runners"))["audit"].fget)["return"]) == {*AUDIT.split()}


def test_every_port_has_a_view() -> None:
    assert members(ReadingPorts) == {*READS, "random_name", "monotonic"}
    hints = get_type_hints(Ports)
    assert {*hints} == members(ReadingPorts)
    for port in ACTING:
        assert members(view(port)) < members(hints[port]), f"{port} is for jobs, too"


def acts(text: str) -> list[str]:
    """Return the names of acting ports that a module imports."""
    protocols = {each.__name__ for each in get_type_hints(Ports).values() if hasattr(each, "__name__")}
    protocols -= {view("runner").__name__}
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    names = [(node.module or "", alias.name) for node in found for alias in node.names]
    return [name for module, name in names if module.startswith("bot.ports") and name in {*protocols, "Ports", "Audit"}]


@pytest.mark.parametrize("folder", DECIDING)
def test_handlers_that_decide_are_given_the_view(folder: str) -> None:
    files = sorted((HANDLERS / folder).glob("*.py"))
    assert len(files) > 1
    assert not {each.name: found for each in files if (found := acts(each.read_text()))}


@pytest.mark.parametrize(
    "line",
    [
        "from bot.ports import Ports",
        "from bot.ports.store import Store",
        "from bot.ports.git_host import GitHost, Push",
    ],
)
def test_a_handler_that_could_act_is_detected(line: str) -> None:
    assert acts(line)


def test_each_file_of_commands_is_a_verb() -> None:
    files = {path.stem for path in (HANDLERS / "commands").glob("*.py")} - {"__init__"}
    assert files == {*REGISTRY.verbs}
