"""What an earlier version stored is read without loss; what a newer version stored is refused."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.dvc.kept import SNAPSHOT
from services.dvc.snapshots import FORMAT
from services.files.audit import ENTRY
from services.redis.memos import stored
from services.redis.store import RUN
from services.stored import Stored, TooNew
from tests.units.house.memos import KINDS

RECORDINGS = Path(__file__).parents[2] / "recordings"
RUNS = sorted(RECORDINGS.rglob("run-*.json"))
EVERY = sorted(RECORDINGS.rglob("run-every-field.json"))
SNAPSHOTS = sorted(RECORDINGS.rglob("snapshot-*.json"))
ENTRIES = [line for log in sorted(RECORDINGS.rglob("audit.jsonl")) for line in log.read_text().splitlines()]
SHAPES: dict[str, tuple[int, TypeAdapter[Any]]] = {
    "run": (RUN.version, RUN.type),
    "entry": (ENTRY.version, ENTRY.type),
    "snapshot": (FORMAT, SNAPSHOT),
    **{stored(kind).kind: (stored(kind).version, stored(kind).type) for kind in KINDS.values()},
}


def shape(document: Any, named: bool = False) -> Any:
    """Return a JSON schema without its descriptions; where `named`, the keys are names of stored fields."""
    if isinstance(document, dict):
        kept = [name for name in document if named or name not in ("description", "title")]
        return {name: shape(document[name], name == "properties" and not named) for name in kept}
    return [shape(each) for each in document] if isinstance(document, list) else document


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value below mappings and lists with its path, empty ones as they are."""
    if isinstance(document, dict) and document:
        for name, value in document.items():
            yield from leaves(value, f"{path}.{name}")
    elif isinstance(document, list) and document:
        for number, value in enumerate(document):
            yield from leaves(value, f"{path}.{number}")
    else:
        yield path, document


@pytest.mark.parametrize("recording", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_value_of_a_recorded_run_is_lost(recording: Path) -> None:
    data = recording.read_bytes()
    kept = dict(leaves(json.loads(RUN.dump(RUN.load(data)))["value"]))
    expected = dict(leaves(RUN.migrated(json.loads(data))))
    assert {path: kept.get(path, "lost") for path in expected} == expected


@pytest.mark.parametrize("recording", EVERY, ids=lambda path: path.parent.name)
def test_every_field_of_a_former_version_is_recorded_with_a_distinct_value(recording: Path) -> None:
    recorded = json.loads(recording.read_bytes())
    empty = [path for path, value in leaves(recorded.get("value", recorded)) if value in ("", 0, None, [], {}, False)]
    assert {path.rpartition(".")[2] for path in empty} == {"has_dvc", "before", "plots"}


@pytest.mark.parametrize("recording", SNAPSHOTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recorded_snapshot_is_read(recording: Path) -> None:
    document = json.loads(recording.read_bytes())
    kept = SNAPSHOT.validate_json(recording.read_bytes())
    assert kept.format == document["format"]
    assert len(kept.snapshot.metrics) == len(document["snapshot"]["metrics"])
    assert [plot.rows for plot in kept.snapshot.plots] == [
        tuple(plot["rows"]) for plot in document["snapshot"]["plots"]
    ]


@pytest.mark.parametrize("line", ENTRIES)
def test_no_value_of_a_recorded_entry_is_lost(line: str) -> None:
    assert json.loads(ENTRY.dump(ENTRY.load(line.encode())))["value"] == json.loads(line)


def test_data_of_a_newer_version_is_refused_with_what_to_do() -> None:
    newer = json.loads(RUN.dump(RUN.load(RUNS[0].read_bytes()))) | {"version": RUN.version + 1}
    with pytest.raises(TooNew, match=f"format {RUN.version + 1}.*Start the newer version again"):
        RUN.load(json.dumps(newer).encode())


def test_data_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="a stored 'run' stands where a entry was expected"):
        ENTRY.load(RUN.dump(RUN.load(RUNS[0].read_bytes())))


def test_migrations_lead_from_version_to_version() -> None:
    def renamed(value: dict[str, Any]) -> dict[str, Any]:
        return {"name": value["title"]}

    def shouted(value: dict[str, Any]) -> dict[str, Any]:
        return {"name": value["name"].upper()}

    kind = Stored("thing", 4, TypeAdapter(dict[str, str]), {1: renamed, 3: shouted})
    assert kind.load(b'{"title": "a"}') == {"name": "A"}
    assert kind.load(b'{"kind": "thing", "version": 3, "value": {"name": "b"}}') == {"name": "B"}
    assert kind.load(kind.dump({"name": "c"})) == {"name": "c"}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_stored_format_changes_only_with_its_version(kind: str) -> None:
    version, adapter = SHAPES[kind]
    text = json.dumps(shape(adapter.json_schema(mode="serialization")), sort_keys=True)
    found = [version, hashlib.sha256(text.encode()).hexdigest()[:16]]
    recorded = json.loads((RECORDINGS / "shapes.json").read_text())[kind]
    assert found == recorded, (
        f"A stored {kind} has another shape. If version {version} was released, raise it and add the step that makes "
        f"the older one this one; then write {json.dumps(found)} into tests/recordings/shapes.json."
    )
