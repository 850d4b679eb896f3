"""The shortcuts of starting and ending programs: each comes to what the long way comes to."""

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runners.agent import traced
from runners.agent.isolation import bubblewrap, process

FOLDER = Path(traced.__file__).parent
ENDING = """
import atexit, sys, tempfile, threading
sys.path.insert(0, {folder!r})
import traced
atexit.register(print, "at the end")
kept = tempfile.TemporaryDirectory(dir={place!r})
def late():
    threading.main_thread().join()
    print("from a thread")
threading.Thread(target=late).start()
sys.stdout.write("half a line")
sys.stderr.write("and an error")
{how}
"""
QUICK, USUAL = "traced.leave(259); sys.exit(259)", "sys.exit(259)"


def ended(how: str, place: Path, out: int = subprocess.PIPE) -> tuple[int, bytes | None, bytes]:
    """Return exit code and outputs of a program that has things left to do at its end."""
    place.mkdir()
    program = ENDING.format(folder=str(FOLDER), place=str(place), how=how)
    argv = [sys.executable, "-I", "-B", "-c", program]
    done = subprocess.run(argv, stdout=out, stderr=subprocess.PIPE, check=False, timeout=60)
    assert not [*place.iterdir()], "its temporary folder was left"
    return done.returncode, done.stdout, done.stderr


def test_who_leaves_quickly_has_done_all_that_is_done_at_an_end(tmp_path: Path) -> None:
    found = ended(QUICK, tmp_path / "quick")
    assert found == ended(USUAL, tmp_path / "usual")
    assert found == (259 & 0xFF, b"half a linefrom a thread\nat the end\n", b"and an error")


def test_output_that_cannot_be_written_ends_it_in_the_usual_way(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        code, _, said = ended(QUICK, tmp_path / "quick", full.fileno())
        assert (code, said) == (ended(USUAL, tmp_path / "usual", full.fileno())[0], said) and code == 120
    assert b"No space left on device" in said


def test_garbage_is_collected_again_from_the_first_stage_on() -> None:
    assert gc.isenabled()
    gc.disable()
    try:
        traced.collect()
        assert gc.isenabled() and gc.get_freeze_count() > 0
        gc.unfreeze()
        traced.collect()
        assert gc.get_freeze_count() == 0, "once: what was made since then may be garbage"
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize("has_descriptors", [True, False])
def test_a_command_that_goes_on_in_silence_is_waited_for(
    tmp_path: Path, has_descriptors: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_descriptors:
        monkeypatch.delattr(os, "pidfd_open")
    silent = f"""
import os, pathlib
os.close(1)
os.close(2)
sum(range(3_000_000))  # its output is closed long before its end
pathlib.Path({str(tmp_path / "made")!r}).touch()
os._exit(7)
"""
    argv = [sys.executable, "-I", "-c", silent]
    outcome = process.run(argv, env={}, folder=tmp_path, sink=len, seconds=60, stop=lambda: False)
    assert outcome == process.ProcessEnd(7) and (tmp_path / "made").exists()


def test_a_silent_command_is_stopped_all_the_same(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-c", "import os, signal; os.close(1); os.close(2); signal.pause()"]
    outcome = process.run(argv, env={}, folder=tmp_path, sink=len, seconds=0.5, stop=lambda: False)
    assert outcome.cut == "time"


def test_what_a_command_leaves_behind_is_still_found_and_ended(tmp_path: Path) -> None:
    leaving = "import subprocess as s; s.Popen(['sleep', '600'], start_new_session=True, stdout=s.DEVNULL)"
    program = f"""
import sys
sys.path.insert(0, {str(FOLDER.parents[1])!r})
from pathlib import Path
from runners.agent.isolation import process
process.adopt_orphans()
print(process._childless(), flush=True)
argv = [sys.executable, "-I", "-c", {leaving!r}]
done = process.run(argv, env={{"PATH": "/usr/bin:/bin"}}, folder=Path("/"), sink=len, seconds=60, stop=lambda: False)
print(done.code, process._childless(), process._children(__import__("os").getpid()))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "True\n0 True set()\n", done.stderr


@pytest.mark.parametrize(("refused", "starts"), [("nothing", 1), ("--disable-userns", 2)])
def test_one_room_is_tried_where_the_first_was_a_whole_one(
    tmp_path: Path, refused: str, starts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, real = tmp_path / "started", shutil.which("bwrap")
    script = f"""#!/bin/sh
echo room >> {started}
case " $* " in *" {refused} "*) exit 1;; esac
exec {real} "$@"
"""
    (tmp_path / "bwrap").write_text(script)
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    bubblewrap._hardening.cache_clear()
    try:
        assert bubblewrap.obstacle.__wrapped__() == ""
        assert len(started.read_text().splitlines()) == starts
        assert (bubblewrap._hardening() == ()) == (refused != "nothing")
    finally:
        bubblewrap._hardening.cache_clear()
