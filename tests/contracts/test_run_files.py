"""Files that agents send: logs whose pieces come twice, late or at once, and files with known names."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.experiment import Experiment, Repository
from experiments.limits import LIMITS
from experiments.parts.landing_plan import LandingPlan
from experiments.run import Run
from services.files.run_files import DataRunFiles
from tests.units.sample_run import changed

REPOSITORY = Repository(id=42, full_name="ada/models", installation=7)
RUN = Run(
    id="run-0001",
    experiment=Experiment(REPOSITORY, 1, "a" * 40, "puffy-daks", LandingPlan("tune", "main")),
    created=0.0,
)


@pytest.fixture
def files(tmp_path: Path) -> DataRunFiles:
    return DataRunFiles(tmp_path / "runs")


def test_a_piece_that_comes_twice_is_added_once(files: DataRunFiles) -> None:
    assert files.append_log(RUN, 0, b"epoch 1\n") == 8
    assert files.append_log(RUN, 0, b"epoch 1\n") == 8
    assert files.append_log(RUN, 0, b"epoch 1\nepoch 2\n") == 16
    assert files.append_log(RUN, 4, b"h 1") == 16
    assert files.log(RUN) == "epoch 1\nepoch 2\n"


def test_a_gap_is_not_written_and_the_agent_learns_where_to_continue(files: DataRunFiles) -> None:
    files.append_log(RUN, 0, b"one")
    assert files.append_log(RUN, 7, b"three") == 3
    assert files.append_log(RUN, 3, b" two three") == 13
    assert files.log(RUN) == "one two three"


def test_pieces_that_come_at_once_make_one_log(files: DataRunFiles) -> None:
    text = b"".join(b"line %d\n" % number for number in range(500))
    pieces = [(start, text[start : start + 700]) for start in range(0, len(text), 350)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(len(pieces)):
            sizes = list(pool.map(lambda piece: files.append_log(RUN, *piece), pieces))
            if max(sizes) == len(text):
                break
    assert files.log(RUN) == text.decode()


def test_a_log_ends_at_ten_megabytes(files: DataRunFiles) -> None:
    assert files.append_log(RUN, 0, b"x" * (LIMITS.log - 2)) == LIMITS.log - 2
    assert files.append_log(RUN, LIMITS.log - 2, b"yyyy") == LIMITS.log
    assert files.append_log(RUN, LIMITS.log, b"more") == LIMITS.log
    assert files.log(RUN, limit=4) == "xxyy"


def test_an_offset_before_the_log_is_refused(files: DataRunFiles) -> None:
    with pytest.raises(ValueError, match="-1"):
        files.append_log(RUN, -1, b"x")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"\x1b[1;31mred\x1b[0m text\n", "red text\n"),
        (b"\x1b]0;title\x07after\x1b]8;;http://x\x1b\\link\n", "afterlink\n"),
        (b"  0%|   |\r 50%|#  |\r100%|###|\nnext\n", "100%|###|\nnext\n"),
        (b"windows\r\nlines\r\n", "windows\nlines\n"),
        (b"bell\x07 null\x00 back\x08 c1\xc2\x9b31m tab\tend", "bell null back c131m tab\tend"),
        (b"caf\xc3\xa9 \xff\xfe", "café \ufffd\ufffd"),
    ],
)
def test_a_log_is_read_as_a_plain_terminal_would_show_it(files: DataRunFiles, sent: bytes, shown: str) -> None:
    files.append_log(RUN, 0, sent)
    assert files.log(RUN) == shown


def test_only_the_end_of_a_long_log_is_read(files: DataRunFiles) -> None:
    files.append_log(RUN, 0, b"first\n" * 10_000 + b"\x1b[32mlast line\x1b[0m\n")
    assert files.log(RUN, limit=10) == "last line\n"
    assert files.log(RUN, limit=0) == ""


def test_the_log_is_empty_before_the_first_piece(files: DataRunFiles) -> None:
    assert files.log(RUN) == ""


@given(st.binary(max_size=200), st.integers(1, 50))
def test_whatever_was_printed_the_log_is_text_without_controls(
    tmp_path_factory: pytest.TempPathFactory, sent: bytes, limit: int
) -> None:
    files = DataRunFiles(tmp_path_factory.mktemp("runs"))
    files.append_log(RUN, 0, sent)
    shown = files.log(RUN, limit)
    assert len(shown) <= limit
    assert all(letter in "\n\t" or ord(letter) >= 32 for letter in shown)
    shown.encode()


def test_attempts_are_kept_apart(files: DataRunFiles) -> None:
    files.append_log(RUN, 0, b"first try")
    files.path(RUN, "bundle").write_bytes(b"old")
    second = changed(RUN, attempt=2)
    assert files.log(second) == ""
    assert not files.path(second, "bundle").exists()


@pytest.mark.parametrize("name", ["log", "../bundle", "bundle/..", "", "/etc/passwd", "bundle\0"])
def test_agents_can_write_only_known_names(files: DataRunFiles, name: str) -> None:
    with pytest.raises(ValueError, match=r"agents send bundle, baseline\.tar, experiment\.tar"):
        files.path(RUN, name)


@pytest.mark.parametrize("run_id", ["", "short", "../../../etc", "Run-00001", "a" * 65, "run-0001\n", "run/0001"])
def test_an_invalid_run_id_has_no_files(files: DataRunFiles, run_id: str) -> None:
    with pytest.raises(ValueError, match="not the id of a run"):
        files.append_log(replace(RUN, id=run_id), 0, b"x")


def test_lines_that_can_still_change_are_shown_below_the_log(files: DataRunFiles) -> None:
    files.show_live(RUN, "epoch 2  10%\n")
    assert files.log(RUN) == "epoch 2  10%\n"
    files.append_log(RUN, 0, b"epoch 1\n")
    files.show_live(RUN, "epoch 2  90%\n")
    assert files.log(RUN) == "epoch 1\nepoch 2  90%\n"
    files.show_live(RUN, "x" * 3 * LIMITS.live)
    assert files.log(RUN) == "epoch 1\n" + "x" * LIMITS.live
    files.show_live(RUN, "")
    assert files.log(RUN) == "epoch 1\n"


def test_trainings_own_lines_are_separated_from_those_before(files: DataRunFiles) -> None:
    before = b"Installed 50 packages\n" * 50
    files.append_log(RUN, 0, before + b"epoch 1\n")
    trains = changed(RUN, logged_before=len(before))
    assert files.log(trains) == "epoch 1\n"
    assert files.log(trains, whole=True).endswith("packages\nepoch 1\n")
    assert files.log(RUN) == before.decode() + "epoch 1\n"


def test_where_training_printed_nothing_the_lines_before_it_are_shown(files: DataRunFiles) -> None:
    files.append_log(RUN, 0, b"Fetching data\n")
    assert files.log(changed(RUN, logged_before=14)) == "Fetching data\n"
    assert files.log(changed(RUN, logged_before=1000)) == "Fetching data\n"


def test_two_simultaneous_writes_are_both_complete_and_the_last_one_stays(files: DataRunFiles) -> None:
    """Two web processes may do that: an agent repeats a request whose connection broke while it was still being
    read.
    """
    path = files.path(RUN, "bundle")

    def first() -> Iterator[bytes]:
        yield b"first, "
        files.write(RUN, "bundle", [b"second"])
        assert path.read_bytes() == b"second"
        yield b"to its end"

    files.write(RUN, "bundle", first())
    assert path.read_bytes() == b"first, to its end"
    assert [each.name for each in path.parent.iterdir()] == ["bundle"]


def test_a_file_left_by_a_killed_process_is_deleted_by_its_age(files: DataRunFiles) -> None:
    path = files.path(RUN, "bundle")

    def killed() -> Iterator[bytes]:
        yield b"x"
        (part,) = path.parent.iterdir()
        part.with_name(f"left.{part.name}").hardlink_to(part)  # it is not really killed here, and deletes its own

    files.write(RUN, "bundle", killed())
    (left,) = path.parent.glob("left.*")
    os.utime(left, (1000.0, 1000.0))
    files.drop_parts(RUN.id, 1000.0)
    assert left.exists()
    files.drop_parts(RUN.id, 1001.0)
    assert not left.exists() and path.exists()
