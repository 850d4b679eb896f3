"""When the agent takes a checkpoint of what training writes."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.agent.checkpoints import Keeper, WantedCheckpoints, signature, unpack, whole
from runners.agent.errors import Gone, Trouble
from runners.agent.files import Below


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Training:
    """Hold the files of a training, and the copies of them that were sent."""

    def __init__(self, folder: Path, every: float = 60) -> None:
        self.file, self.clock = folder / "model.ckpt", Clock()
        self.packed, self.sent = "", list[str]()
        self.during: Callable[[], object] = lambda: None
        self.refusal: Exception | None = None
        self.keeper = Keeper(
            WantedCheckpoints(("model.ckpt",), every, 100),
            Below(folder),
            self._pack,
            self._send,
            print,
            self.clock,
        )

    def _pack(self) -> str:
        self.packed = self.file.read_text()
        self.during()
        return ""

    def _send(self) -> None:
        if self.refusal:
            raise self.refusal
        self.sent.append(self.packed)

    def put(self, text: str) -> None:
        part = self.file.with_suffix(".part")
        part.write_text(text)
        part.replace(self.file)

    def look(self, seconds: float) -> None:
        self.clock.now += seconds
        self.keeper.look()
        self.keeper.join()


@pytest.fixture
def training(tmp_path: Path) -> Training:
    return Training(tmp_path)


def test_a_copy_is_taken_when_it_is_due_and_nobody_writes(training: Training) -> None:
    training.file.write_text("one")
    training.look(30)
    training.look(1)
    assert training.sent == [], "it is not time yet"
    training.look(30)
    assert training.sent == ["one"]
    training.look(61)
    training.look(61)
    assert training.sent == ["one"], "nothing is new"


def test_a_file_that_is_being_written_is_not_copied(training: Training) -> None:
    training.file.write_text("one")
    training.look(61)
    training.file.write_text("one and a half")  # written in place: it grew between the two looks
    training.look(1)
    assert training.sent == []
    training.look(1)
    assert training.sent == ["one and a half"]


def test_a_file_that_is_replaced_whole_may_change_at_any_time(training: Training) -> None:
    training.put("one")
    training.look(61)
    training.put("two")
    training.during = lambda: training.put("three")
    training.look(1)
    assert training.sent == ["two"]


def test_a_copy_of_a_file_that_changed_during_packing_is_thrown_away(training: Training) -> None:
    training.file.write_text("one")
    training.look(61)
    training.during = lambda: training.file.write_text("one and a half")
    training.look(1)
    assert training.sent == []


def test_two_files_that_change_together_are_never_copied_apart(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()

    def put() -> None:
        for name in ("a", "b"):
            (folder / "part").write_text(name)
            (folder / "part").replace(folder / name)

    put()
    before = signature(Below(tmp_path), ["state"])
    assert whole(before, before)
    put()
    assert not whole(before, signature(Below(tmp_path), ["state"]))


def test_no_symlink_is_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    project = tmp_path / "project"
    project.mkdir()
    (project / "model.ckpt").symlink_to(tmp_path / "secret")
    (project / "state").symlink_to(tmp_path)
    assert signature(Below(project), ["model.ckpt", "state", "state/secret", "../secret"]) == ()


def test_a_copy_that_fails_does_not_end_training(training: Training, capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        raise Trouble("The results could not be packed: it took too long")

    training.file.write_text("one")
    training.look(61)
    training.during = fails
    training.look(1)
    training.look(61)
    training.keeper.close(is_last=True)
    assert training.sent == []
    assert capsys.readouterr().out.count("No more checkpoints are kept: The results could not be packed") == 1


@pytest.mark.parametrize("refusal", [Trouble("no more is kept"), Gone("the bot did not answer checkpoint for 600 s")])
def test_a_refused_copy_is_logged_once_and_does_not_end_training(
    training: Training, capsys: pytest.CaptureFixture[str], refusal: Exception
) -> None:
    training.refusal = refusal
    for text in ("one", "two"):
        training.put(text)
        training.look(61)
        training.look(1)
    training.keeper.close(is_last=True)
    assert capsys.readouterr().out == f"No more checkpoints are kept: {refusal}\n"


def test_a_sparse_file_in_a_tar_is_not_expanded(tmp_path: Path) -> None:
    archive, project = tmp_path / "a.tar", tmp_path / "project"
    project.mkdir()
    with (tmp_path / "model.ckpt").open("wb") as file:
        file.truncate(100_000_000)
    subprocess.run(["tar", "-C", tmp_path, "-cSf", archive, "model.ckpt"], check=True)
    wanted = WantedCheckpoints(
        ("model.ckpt",), 1, 10**9, archive.stat().st_size, hashlib.sha256(archive.read_bytes()).hexdigest()
    )
    assert archive.stat().st_size < 100_000
    assert unpack(archive, wanted, Below(project)) == 0
    assert not list(project.iterdir())


def test_a_file_that_is_no_tar_is_reported(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    archive.write_bytes(b"x" * 2000)
    with pytest.raises(Trouble, match="cannot be unpacked"):
        unpack(
            archive,
            WantedCheckpoints(("model.ckpt",), 1, 9, 2000, hashlib.sha256(b"x" * 2000).hexdigest()),
            Below(tmp_path),
        )
