"""The events that a traced DVC wrote, as the agent reads them: they may be forged, and come in any order."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runners.agent.files import Below
from runners.agent.tracing import Tracer


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    (tmp_path / "env" / "bin").mkdir(parents=True)
    return tmp_path


def tracer(place: Path, scripted: bool = False) -> Tracer:
    begun = Tracer(place, Below(place, "tree"), ("m.json", "plots", "../out", "/etc"), scripted)
    begun.begin(place / "env")
    return begun


def wrote(begun: Tracer, *lines: Any, ended: int | None = None) -> None:
    """Write these events, and how many there were."""
    count = len(lines) if ended is None else ended
    (begun.notes / "events").write_text("".join(f"{json.dumps(each)}\n" for each in (*lines, {"ended": count})))


def stage(name: Any, became: str, *files: str) -> dict[str, Any]:
    return {"stage": name, "became": became, "files": list(files)}


def test_a_stage_has_the_strongest_of_its_events(place: Path) -> None:
    begun = tracer(place)
    wrote(
        begun,
        *(stage("a", "skipped"), stage("b", "executed", "m.json"), stage("a", "restored"), stage("b", "skipped")),
        *(stage("c", "executed"), stage("c", "failed"), stage("d", "failed"), stage("d", "executed")),
    )
    assert begun.end().document() == {
        "known": True,
        "executed": ["b", "d"],
        "restored": ["a"],
        "skipped": [],
        "failed": ["c"],
        "written": {"m.json": "b"},
    }


def test_a_file_that_a_stage_restored_is_no_longer_written_by_another(place: Path) -> None:
    begun = tracer(place)
    wrote(begun, stage("evaluate", "executed", "m.json"), stage("train", "restored", "m.json"))
    assert begun.end().written == {}


@pytest.mark.parametrize(
    "lines",
    [
        [stage("a", "executed"), {"unknown": "AttributeError"}],
        [stage("a", "forged")],
        [stage(7, "executed")],
        [stage("a", "executed", 7)],  # type: ignore[arg-type]
        [{"stage": "a"}],
        [["stage"]],
        [stage("a" * 501, "executed")],
        [stage(f"{number:0499}", "executed") for number in range(500)],
        [stage(str(number), "executed") for number in range(2001)],
        [{"left": {"m.json": 1}, "keeps": False}],
    ],
)
def test_a_line_of_another_kind_makes_the_provenance_unknown(place: Path, lines: list[Any]) -> None:
    begun = tracer(place)
    wrote(begun, *lines)
    assert begun.end().known is False


def test_a_missing_or_additional_line_makes_the_provenance_unknown(place: Path) -> None:
    begun = tracer(place)
    for count in (0, 2):
        wrote(begun, stage("a", "executed"), ended=count)
        assert begun.end().known is False
    (begun.notes / "events").write_bytes(b"\xff\n")
    assert begun.end().known is False
    (begun.notes / "events").write_text("[" * 100_000)
    assert begun.end().known is False


@pytest.mark.parametrize("kind", ["symlink", "pipe", "folder", "nothing"])
def test_a_file_of_another_kind_is_not_read(place: Path, kind: str) -> None:
    begun = tracer(place)
    events = begun.notes / "events"
    if kind == "symlink":
        (place / "elsewhere").write_text('{"ended": 0}\n')
        events.symlink_to(place / "elsewhere")
    elif kind == "pipe":
        os.mkfifo(events)
    elif kind == "folder":
        events.mkdir()
    assert begun.end().known is False


def test_files_that_differ_from_before_and_from_what_dvc_left_were_written_by_the_script(place: Path) -> None:
    (place / "tree" / "plots").mkdir()
    for name in ("m.json", "plots/old.csv"):
        (place / "tree" / name).write_text("before")
    begun = tracer(place, scripted=True)
    assert begun.end().document()["known"] is True and begun.end().written == {}, "it called no DVC"
    (place / "tree" / "plots" / "new.csv").write_text("new")
    fetched = place / "tree" / "plots" / "fetched.csv"
    fetched.write_text("fetched")
    seen = fetched.lstat()
    state = [seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
    wrote(begun, {"left": {"plots/fetched.csv": [None, state]}, "keeps": False})
    assert begun.end().written == {"plots/new.csv": ""}


def test_no_symlink_leads_the_agent_out_of_the_tree(place: Path) -> None:
    (place / "elsewhere").mkdir()
    begun = tracer(place, scripted=True)
    (place / "elsewhere" / "secret").write_text("x")
    (place / "tree" / "plots").symlink_to(place / "elsewhere")
    assert set(begun.end().written) <= {"plots"}
