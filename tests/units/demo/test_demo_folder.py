"""Each demo starts anew, alone in its folder, on a free port."""

import socket
from pathlib import Path

import pytest

from demo.folder import Folder
from demo.ports import chosen_port, free_port, wait_for
from demo.processes import ProcessDied, Processes
from demo.trouble import DemoTrouble


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / ".demo")


def write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_the_state_of_the_last_demo_is_deleted(folder: Folder) -> None:
    old = [folder.github / "lab" / "HEAD", folder.redis / "aof", folder.remote / "ab", folder.data / "runs" / "1"]
    old += [folder.data / "agent" / "caches" / "7" / "ab", folder.data / "file"]
    write(*old)
    folder.begin_anew()
    assert not [path for path in old if path.exists()]


def test_environments_and_the_trained_project_are_kept(folder: Folder) -> None:
    kept = [folder.data / "agent" / "envs" / "7" / "python", folder.data / "agent" / "uv" / "x", folder.kept / "seed"]
    write(*kept)
    folder.begin_anew()
    assert all(path.exists() for path in kept)


def test_a_second_demo_in_the_same_folder_is_refused(folder: Folder) -> None:
    with folder.alone(), pytest.raises(DemoTrouble, match="A demo is running"), Folder(folder.root).alone():
        pass
    with folder.alone():
        pass


def test_a_taken_port_is_reported_with_what_to_type() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DemoTrouble, match=f"Port {port} cannot be used .* PORT=9000 make demo"):
            chosen_port(str(port))


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "8000x", "٣٠٠٠"])
def test_an_invalid_port_is_refused(text: str) -> None:
    with pytest.raises(DemoTrouble, match="is not a port"):
        chosen_port(text)


def test_a_free_port_can_be_chosen() -> None:
    port = free_port()
    assert chosen_port(f" {port} ") == port
    assert port < 32_768, "outgoing connections are given those above, between choosing it and listening there"


def test_waiting_ends_when_a_program_dies(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start("web", ["sh", "-c", "echo GITHUB_APP_ID is not set; exit 2"], env={}, folder=tmp_path)
        with pytest.raises(ProcessDied, match="GITHUB_APP_ID is not set"):
            wait_for(f"http://127.0.0.1:{free_port()}/healthz", processes)
