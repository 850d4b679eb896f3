"""Training that tries to take more than it was given: it finds nothing, and harms no later run."""

import fcntl
import hashlib
import json
import os
import shutil
import socket
import stat
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.contracts.agent.agent_bench import CLONE_TOKEN, TOKEN, Bench, project
from tests.contracts.agent.archives import tar

CANARY = "canary-5b1e0c77"
SEARCH = """
import glob, json, os, pathlib, socket, subprocess

def look(path):
    try:
        data = open(path, "rb").read(200000)
    except OSError as error:
        return
    if WORD in data:
        print("FOUND", path, flush=True)

WORD = "".join(["can", "ary-5b1e0c77"]).encode()
if WORD in "".join(f"{k}={v}" for k, v in os.environ.items()).encode():
    print("FOUND environment")
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    look(path)
for top in PLACES:
    for folder, folders, files in os.walk(top):
        for name in files:
            look(os.path.join(folder, name))
        if {"run-of-another", "7.git", "DATA"} & set(folders):
            print("FOUND folder", folder)
try:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(SOCKET)
        print("FOUND socket")
except OSError:
    pass
for forbidden in ("/usr/planted", "/etc/planted", "/planted", os.environ["VIRTUAL_ENV"] + "/planted"):
    try:
        open(forbidden, "w").write("x")
        print("FOUND a way to write", forbidden)
    except OSError:
        pass
try:
    open(OTHER + "/planted", "w").write("x")  # its own /tmp at best
except OSError:
    pass

# What was trained is forged, for whoever shares the cache.
for path in glob.glob(CACHE + "/files/md5/*/*"):
    os.chmod(path, 0o644)
    open(path, "w").write("forged")
os.makedirs(CACHE + "/files/md5/ab", exist_ok=True)
os.symlink(OTHER + "/caches", CACHE + "/files/md5/cd")
os.symlink(SECRET, CACHE + "/files/md5/ab/" + "0" * 30)

# The agent's own git and dvc are to run something, and its reader to follow something.
hook = "#!/bin/sh\\necho hooked > " + OTHER + "/planted; echo hooked > " + SECRET + "\\n"
for name in ("pre-commit", "post-checkout", "post-index-change", "reference-transaction"):
    pathlib.Path(".git/hooks").mkdir(exist_ok=True)
    pathlib.Path(".git/hooks", name).write_text(hook)
    os.chmod(f".git/hooks/{name}", 0o755)
subprocess.run(["git", "config", "core.fsmonitor", "sh -c 'echo hooked > " + OTHER + "/planted'"])
subprocess.run(["git", "config", "credential.helper", "!cat " + SECRET])
open("metrics.json", "w").write('{"accuracy": 1}')
open("model.txt", "w").write("weights")
open("loss.csv", "w").write("step,loss\\n")
os.symlink(SECRET, "extra.csv")
os.symlink("/etc/passwd", "users.csv")
print("all tried", flush=True)
"""
HONEST = """
import json
print("trained honestly", flush=True)
json.dump({"accuracy": 0.5}, open("metrics.json", "w"))
open("model.txt", "w").write("weights")
open("loss.csv", "w").write("step,loss\\n")
"""


@pytest.fixture
def other_run(agent_home: Path) -> Iterator[Path]:
    """Return the tree of a run that is alive: its agent holds the lock."""
    folder = agent_home / "work" / "run-of-another"
    folder.mkdir()
    (folder / "canary").write_text(CANARY)
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield folder
    os.close(descriptor)
    shutil.rmtree(folder)


def test_a_hostile_stage_finds_no_secret_and_harms_no_later_run(
    machine: Bench, other_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = machine.home
    data = tmp_path / "DATA"
    data.mkdir()
    secret = data / "key.pem"
    secret.write_text(CANARY)
    for foreign in (home / "mirrors" / "7.git", home / "caches" / "7"):
        foreign.mkdir(parents=True, exist_ok=True)
        (foreign / "canary").write_text(CANARY)
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", CANARY)

    # An honest experiment of the same repository first, so that there is something to forge.
    honest = project(tmp_path / "honest", 1, train=HONEST)
    machine.train(honest)
    assert machine.api.done["exit_code"] == 0, machine.api.text
    kept = {path: path.read_bytes() for path in (home / "caches" / "1").rglob("*") if path.is_file()}
    assert kept and all(stat.S_IMODE(path.stat().st_mode) == 0o444 for path in kept)

    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@127.0.0.1:1")
    words = {"PLACES": ["/", str(home), str(tmp_path), "/run", "/var", "/root", "/home"], "SECRET": str(secret)}
    words |= {"OTHER": str(home), "SOCKET": str(data / "redis.sock")}
    cache = 'import os\nCACHE = os.path.join(os.path.dirname(os.getcwd()), "cache")\n'
    lines = "".join(f"{name} = {value!r}\n" for name, value in words.items())
    hostile = project(tmp_path / "hostile", 1, train=cache + lines.replace("'/', ", "") + SEARCH)
    with socket.socket(socket.AF_UNIX) as redis:
        redis.bind(str(data / "redis.sock"))
        redis.listen()
        machine.train(
            hostile, collect=["metrics.json", "loss.csv", "extra.csv", "users.csv", "../../key.pem", str(secret)]
        )

    api = machine.api
    assert (other_run / "canary").exists()
    assert "FOUND" not in api.text, api.text
    assert "all tried" in api.text and api.done["exit_code"] == 0, api.text
    assert CANARY.encode() not in api.sent and TOKEN.encode() not in api.sent and CLONE_TOKEN.encode() not in api.sent
    assert secret.read_text() == CANARY and not (home / "planted").exists()
    for name, sent in api.files.items():
        if name.endswith(".tar"):
            with tarfile.open(fileobj=BytesIO(sent)) as archive:
                assert set(archive.getnames()) <= {"metrics.json", "loss.csv"}
    for path, before in kept.items():
        assert path.read_bytes() == before, path
    for path in (home / "caches" / "1" / "files").rglob("*"):
        if path.is_file():
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            assert digest == (path.parent.name + path.name).removesuffix(".dir")
        assert not path.is_symlink()

    # Another repository, and this one again: both train as if nothing had happened.
    monkeypatch.delenv("HTTPS_PROXY")
    for number in (2, 1):
        again = project(tmp_path / f"again-{number}", number, train=HONEST)
        machine.train(again)
        assert api.done["exit_code"] == 0, api.text
        assert json.loads(tar(api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 0.5}
        if number == 2:
            assert "trained honestly" in api.text


def test_a_kept_object_that_was_changed_is_deleted_and_made_again(machine: Bench, tmp_path: Path) -> None:
    asked = project(tmp_path, 1, train=HONEST)
    machine.train(asked)
    forged = [path for path in (machine.home / "caches" / "1" / "files").rglob("*") if path.is_file()]
    for path in forged:
        path.chmod(0o644)
        path.write_text('{"accuracy": 1}')
    machine.train(asked)
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert json.loads(tar(machine.api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 0.5}


def test_where_training_cannot_be_isolated_nothing_is_trained(
    machine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the things that stop bubblewrap makes the agent fail."""
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "bwrap").write_text("#!/bin/sh\necho bwrap: setting up uid map: Permission denied >&2\nexit 1\n")
    (broken / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}{os.pathsep}{os.environ['PATH']}")
    mark = tmp_path / "trained"
    machine.train(project(tmp_path, 91, train=f"open({str(mark)!r}, 'w')\n"))
    done = machine.api.done
    assert done is not None and done["exit_code"] != 0
    assert done["reason"].startswith("Training can't be isolated on this machine, so nothing was trained")
    assert "`isolation: none`" in done["reason"] and not mark.exists()
