"""Whatever a commit or a tar contains: there is a snapshot, it names the problems, and it has nothing of ours."""

import io
import json
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from pydantic_core import to_json

from experiments.projects import ROOT
from experiments.snapshot import Reading, Snapshot
from tests.contracts.snapshots.snapshot_projects import NOTHING, PNG, REPOSITORY, Workbench, md5, pack

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
GOOD = {
    "dvc.yaml": "metrics: [metrics.json]\nplots: [plots, loss.csv]\nstages:\n  s:\n    cmd: run\n",
    "metrics.json": '{"accuracy": 0.5}',
}


@pytest.fixture(params=["alone", "ready"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """Read by a process that is started for the commit, or by one that waited for it, as workers have."""
    made = Workbench(tmp_path)
    with made.snapshots.ready() if request.param == "ready" else nullcontext():
        yield made


def text_of(snapshot: Snapshot) -> str:
    return to_json(snapshot, inf_nan_mode="constants").decode()


def accuracy(snapshot: Snapshot) -> object:
    return {file.path: file for file in snapshot.metrics}["metrics.json"].values.get("accuracy")


def problem(snapshot: Snapshot, *words: str) -> bool:
    return any(all(word in sentence for word in words) for sentence in snapshot.problems)


def test_broken_files_are_reported_and_hide_nothing_else(bench: Workbench) -> None:
    stage = "stages:\n  s:\n    cmd: a\n"
    broken: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
        "params.yaml": ("train:\n  lr: [1,\n", ("line 3",)),
        "p1.yaml": ("- 1\n", ("mapping",)),
        "p2.yaml": (BOMB, ("aliases",)),
        "p3.yaml": ("a: &a [*a]\n", ("aliases",)),
        "p4.yaml": ("[" * 5000, ("deep",)),
        "p5.yaml": (b"\xff\xfe\x00", ("UTF-8",)),
        "p6.yaml": ("k" * 600 + ": 1\n", ("500 characters",)),
        "p7.yaml": ("n: 0x" + "f" * 2000 + "\n", ("n was left out", "digits")),
        "p8.yaml": ("v: !!python/object/apply:os.system [id]\n", ("constructor",)),
        "p9.yaml": ("v: " + "x" * 1_100_000, ("bytes",)),
        "p10.json": ('{"a": ' * 500 + "1" + "}" * 500, ("deep",)),
        "p11.json": (json.dumps({"k" * 400_000: {"a": 1}}), ("500 characters",)),
        "a/dvc.yaml": ("stages:\n  s:\n    cmd: [a\n", ("line 4",)),
        "b/dvc.yaml": ("stages:\n  s:\n    cmd: a\n    dpes: [b]\n", ("line 4", "dpes")),
        "c/dvc.yaml": ("stages:\n  s:\n    cmd: ${no.such}\n", ("line 2", "no.such")),
        "d/dvc.yaml": (BOMB, ("aliases",)),
        "e/dvc.yaml": ("#" * 5_100_000, ("bytes",)),
        "f/params.yaml": (BOMB, ("aliases",)),
        "f/dvc.lock": ("schema: '9.0'\n", ("schema",)),
        "g/dvc.lock": ("schema: '2.0'\nstages: [\n", ("line 3",)),
        "data.dvc": ("outs: {}\n", ("line 1", "outs")),
        ".dvc/config": ("[core\n  x", ("left out",)),
    }
    names = [name for name in broken if name.startswith("p")]
    root = GOOD["dvc.yaml"] + f"params: {json.dumps(names)}\n"
    whole = {**GOOD, "dvc.yaml": root, "f/dvc.yaml": stage, "g/dvc.yaml": stage}
    snapshot = bench.take({**whole, **{name: content for name, (content, _) in broken.items()}})
    for name, (_, words) in broken.items():
        assert problem(snapshot, name, *words), (name, snapshot.problems)
    assert len(snapshot.problems) == len(broken), snapshot.problems
    assert accuracy(snapshot) == 0.5
    assert [each.name for each in snapshot.stages] == ["s", "f/dvc.yaml:s", "g/dvc.yaml:s"]


def test_one_bad_stage_hides_no_other(bench: Workbench) -> None:
    snapshot = bench.take({"dvc.yaml": "stages:\n  good:\n    cmd: a\n  bad:\n    cmd: ${b}\n"})
    assert [stage.name for stage in snapshot.stages] == ["good"]
    assert problem(snapshot, "dvc.yaml, line 4", "bad", "b")


def test_a_broken_metric_file_hides_only_itself(bench: Workbench) -> None:
    broken = {
        "a.json": ('{"a": ', "line 1"),
        "b.json": ("[1, 2]", "not a mapping"),
        "c.json": ("[" * 100_000, "deep"),
        "d.json": ('{"a": ' * 500 + "1" + "}" * 500, "100 deep"),
        "e.json": ('{"a": ' + "9" * 5000 + "}", "digits"),
        "f.json": ('{"x": "' + "y" * 10_500_000 + '"}', "bytes"),
        "g.yaml": ("a: [", "line 1"),
        "h.yaml": (BOMB, "aliases"),
        "i.toml": ("a = ", "line 1"),
        "j.txt": ("no: [", "line 1"),
    }
    names = ["metrics.json", *broken, "folder"]
    files = {name: content for name, (content, _) in broken.items()}
    snapshot = bench.take({**GOOD, "dvc.yaml": f"metrics: {json.dumps(names)}\n", "folder/in": "{}", **files})
    details = {file.path: file.detail for file in snapshot.metrics}
    for name, (_, detail) in broken.items():
        assert detail in details[name], (name, details[name])
    assert "folder" in details["folder"]
    assert accuracy(snapshot) == 0.5
    assert snapshot.problems == ()


def test_a_symlink_reveals_nothing_about_its_target(bench: Workbench) -> None:
    for name, target in (("metrics.json", "/etc/passwd"), ("loss.csv", "/etc/passwd"), ("folder", "/etc")):
        (bench.tree / name).symlink_to(target)
    snapshot = bench.take({"dvc.yaml": "metrics: [metrics.json]\nplots: [loss.csv, folder]\nparams: [folder/passwd]\n"})
    assert snapshot.metrics[0].reading is Reading.UNREADABLE
    assert "root:" not in text_of(snapshot)


def test_files_outside_are_neither_read_nor_listed_as_outputs(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "canary.yaml").write_text("token: canary-7431\n")
    outside, above = tmp_path / "canary.yaml", "../" * 9 + str(tmp_path / "canary.yaml")[1:]
    snapshot = bench.take(
        {
            "dvc.yaml": f"metrics: [{outside}, {above}]\nparams: [{outside}, '{above}']\nplots: ['{above}']\n"
            f"stages:\n  s:\n    cmd: run\n    params: [{{'{outside}': null}}]\n    deps: ['{outside}', '{above}']\n"
            f"    outs: [{{'{above}': {{cache: false}}}}]\n",
            "sub/dvc.yaml": f"vars: ['{outside}']\nmetrics: ['${{token}}']\n",
            "sub2/dvc.yaml": f"vars: ['{os.path.relpath(outside, '/')}']\nmetrics: ['${{token}}']\n",
        }
    )
    assert "canary-7431" not in text_of(snapshot)
    assert snapshot.params == ()
    assert set(snapshot.outputs) == {"dvc.lock", "sub/dvc.lock", "sub2/dvc.lock"}
    assert problem(snapshot, "outside the project")


def test_the_repositorys_own_configuration_and_cache_are_not_used(bench: Workbench, tmp_path: Path) -> None:
    secret = "accuracy: 0.99\n"
    cache = tmp_path / "cache" / "files" / "md5" / md5(secret)[:2]
    cache.mkdir(parents=True)
    (cache / md5(secret)[2:]).write_text(secret)
    lock = f"schema: '2.0'\nstages:\n  s:\n    cmd: a\n    outs: [{{path: m.yaml, hash: md5, md5: {md5(secret)}}}]\n"
    snapshot = bench.take(
        {
            ".dvc/config": f"[cache]\n dir = {tmp_path}/cache\n[core]\n remote = r\n"
            f"['remote \"r\"']\n url = {tmp_path}/cache\n",
            ".dvc/config.local": f"[cache]\n dir = {tmp_path}/cache\n",
            "dvc.yaml": "stages:\n  s:\n    cmd: a\n    metrics: [m.yaml]\n",
            "dvc.lock": lock,
            f".dvc/cache/files/md5/{md5(secret)[:2]}/{md5(secret)[2:]}": secret,
        }
    )
    assert snapshot.metrics[0].reading is Reading.NOT_FETCHED


def test_only_declared_regular_files_are_taken_from_a_tar(bench: Workbench, tmp_path: Path) -> None:
    tar = tmp_path / "files.tar"
    with tarfile.open(pack(tar, {"plots/a.csv": "x,y\n0,1\n"}), "a") as archive:
        for name in (
            "../out.csv",
            "/tmp/out.csv",
            "plots/../../out.csv",
            "undeclared.json",
            "metrics.json",
            "dvc.yaml",
        ):
            member = tarfile.TarInfo(name)
            member.size = 16
            archive.addfile(member, io.BytesIO(b'{"accuracy": 1} '))
        for name, kind in (
            ("plots/b.csv", tarfile.SYMTYPE),
            ("plots/c.csv", tarfile.LNKTYPE),
            ("loss.csv", tarfile.FIFOTYPE),
        ):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
        large = tarfile.TarInfo("plots/large.csv")
        large.size = 10_000_001
        archive.addfile(large, io.BytesIO(bytes(large.size)))
    snapshot = bench.take(GOOD, tar)
    assert accuracy(snapshot) == 0.5, "what Git has stays"
    assert [plot.path for plot in snapshot.plots if plot.reading is Reading.READ] == ["plots/a.csv"]
    for name in ("../out.csv", "/tmp/out.csv", "undeclared.json", "plots/b.csv", "plots/c.csv", "loss.csv", "large"):
        assert problem(snapshot, name, "left out"), name
    assert "root:" not in text_of(snapshot)


def test_a_torn_tar_is_reported(bench: Workbench, tmp_path: Path) -> None:
    tar = tmp_path / "files.tar"
    tar.write_bytes(b"plots/a.csv" + bytes(300))
    snapshot = bench.take(GOOD, tar)
    assert problem(snapshot, "no complete tar")
    assert accuracy(snapshot) == 0.5


def test_long_lists_are_cut_with_a_note(bench: Workbench) -> None:
    wide = [f"c{index}" for index in range(300)]
    snapshot = bench.take(
        {
            "dvc.yaml": f"plots:\n  - long.csv\n  - wide.csv: {{y: {json.dumps(wide)}}}\n  - big.png\n  - odd.json\n"
            "  - none.csv\n  - other.csv: {y: zz}\n  - text.txt\n",
            "long.csv": "x\n" + "1\n" * 25_000,
            "wide.csv": ",".join(wide) + "\n" + ",".join("1" * 300) + "\n",
            "big.png": PNG + bytes(2_000_001),
            "odd.json": '{"a": {"b": [1, 2]}}',
            "none.csv": "",
            "other.csv": "a,b\n1,2\n",
            "text.txt": "x",
        }
    )
    long, many, big, odd, none, other, text = snapshot.plots
    assert (len(long.rows), long.detail) == (20_000, "the first 20,000 rows were read")
    assert (len(many.ys), many.detail) == (200, "the first 200 of 300 columns were read")
    assert "2,000,000" in big.detail
    assert all(one.reading is Reading.UNREADABLE for one in (big, odd, none, other, text))
    assert "no column zz; it has a, b" in other.detail


def test_invalid_unicode_is_replaced(bench: Workbench) -> None:
    snapshot = bench.take({**GOOD, "metrics.json": '{"accuracy": 0.5, "name": "\\ud800"}'})
    assert accuracy(snapshot) == 0.5
    assert snapshot.metrics[0].values["name"] == "?"


def test_a_reading_that_takes_too_long_ends_in_one_sentence_and_is_not_kept(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, seconds=2)
    items = ", ".join(str(number) for number in range(60))
    matrix = ", ".join(f"{letter}: [{items}]" for letter in "abcdefgh")
    started = time.monotonic()
    snapshot = bench.take({**GOOD, "dvc.yaml": f"stages:\n  s:\n    matrix: {{{matrix}}}\n    cmd: a\n"})
    assert time.monotonic() - started < 20
    assert len(snapshot.problems) == 1
    assert "more than 2 seconds" in snapshot.problems[0]
    assert not list(bench.kept.rglob("*.json"))


def test_only_a_sha_becomes_a_path(bench: Workbench) -> None:
    with pytest.raises(ValueError, match="SHA"):
        bench.snapshots.take(REPOSITORY, "../../etc/passwd", ROOT, NOTHING)


def test_conflict_markers_are_found_and_lookalikes_are_not(bench: Workbench) -> None:
    conflict = "<<<<<<< HEAD\nlr: 1\n=======\nlr: 2\n>>>>>>> main\n"
    snapshot = bench.take({"params.yaml": f"seed: 1\n{conflict}", "conf.py": "A = 1\n"})
    assert [(each.path, each.line) for each in snapshot.prerequisites.conflicts] == [("params.yaml", 2)]
    assert any("`params.yaml` can't be read, line 2: a merge conflict" in said for said in snapshot.problems)
    for text in (
        "a: '<<<<<<< HEAD'\nb: '======='\nc: '>>>>>>> main'\n",
        "a: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> main\n",
        "# <<<<<<<\n# =======\n# >>>>>>>\na: 1\n",
    ):
        found = bench.take({"params.yaml": text})
        assert not found.prerequisites.conflicts and not found.problems, text


def test_conflicts_in_every_language_and_in_files_of_dvc(bench: Workbench) -> None:
    conflict = "<<<<<<< HEAD\r\n=======\r\n>>>>>>> main\r\n"
    stage = "stages: {a: {cmd: a, params: [p.json: [x], q.toml: [x], r.py: [x]]}}\n"
    files = {"dvc.yaml": stage, "p.json": conflict, "q.toml": conflict, "r.py": conflict, "data.dvc": conflict}
    snapshot = bench.take(files)
    assert {each.path for each in snapshot.prerequisites.conflicts} == {"p.json", "q.toml", "r.py", "data.dvc"}
