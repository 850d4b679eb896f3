"""A folder that is another repository's DVC remote is neither read nor written, whatever a commit says about it."""

from pathlib import Path

import pytest

from tests.contracts.agent.agent_bench import Bench, Project, digest, project, put, tracked

pytestmark = pytest.mark.timeout(600)  # several DVC processes
THEIRS = b"weights of another repository"
WEIGHTS, CURVE = b"weights 0.01", b"step,loss\n0,1\n"
LOOK = """
import json, os
from pathlib import Path
for folder, _, files in os.walk({theirs!r}):
    for name in files:
        print("seen:", Path(folder, name).read_text(), flush=True)
if Path("data.csv").exists():
    print("pulled:", Path("data.csv").read_text(), flush=True)
json.dump({{"accuracy": 0.9}}, open("metrics.json", "w"))
open("model.txt", "w").write("weights 0.01")
open("loss.csv", "w").write("step,loss\\n0,1\\n")
"""


@pytest.fixture
def theirs(machine: Bench, tmp_path: Path) -> Path:
    """Return the remote of another repository on the same machine, with an object in it."""
    folder = tmp_path / "theirs"
    put(folder, THEIRS)
    machine.others = (("grace/secret", str(folder)),)
    return folder


@pytest.fixture
def mine(machine: Bench, tmp_path: Path) -> Path:
    """Return the remote of the repository that trains."""
    folder = tmp_path / "mine"
    folder.mkdir()
    machine.remotes = (folder,)
    return folder


def at(objects: Path, content: bytes) -> Path:
    """Return the path of an object in a DVC cache or remote."""
    return objects / "files" / "md5" / digest(content)[:2] / digest(content)[2:]


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def naming(folder: Path, remote: Path, *options: str) -> Project:
    """Return a project whose commit has this folder as its default remote, with further options of DVC's."""
    made = project(folder, 1, remote=remote)
    config = (made.folder / ".dvc/config").read_text() + "".join(f"    {option}\n" for option in options)
    made.commit({".dvc/config": config, "train.py": LOOK.format(theirs=str(remote))})
    return made


def not_pushed(machine: Bench) -> str:
    """Return the agent's reason why nothing was pushed to the DVC remote; fail where something was."""
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    delivered = machine.api.done["delivered"]
    assert delivered["data"] == "not pushed", delivered
    return str(delivered["cause"])


def test_training_reads_nothing_of_another_repositorys_remote(machine: Bench, theirs: Path, tmp_path: Path) -> None:
    asked = naming(tmp_path, theirs)
    pipeline = (asked.folder / "dvc.yaml").read_text().replace("deps: [train.py]", "deps: [train.py, data.csv]")
    ignored = "/model.txt\n/loss.csv\n/data.csv\n"
    asked.commit({"data.csv.dvc": tracked(THEIRS), ".gitignore": ignored})
    machine.train(asked)
    assert "weights of another" not in machine.api.text and "seen:" not in machine.api.text, machine.api.text
    asked.commit({"dvc.yaml": pipeline})  # now a stage needs it
    machine.train(asked, baseline_files=["data.csv"])
    assert machine.api.done["exit_code"] != 0 and b"weights of another" not in machine.api.sent


@pytest.mark.parametrize("option", ["", "worktree = true", "version_aware = true"])
def test_a_push_changes_nothing_in_another_repositorys_remote(
    machine: Bench, theirs: Path, tmp_path: Path, option: str
) -> None:
    before = state(theirs)
    asked = naming(tmp_path, theirs, option)
    place = f"files/md5/{digest(THEIRS)[:2]}/{digest(THEIRS)[2:]}"
    forged = tracked(WEIGHTS).replace("path: data.csv", f"path: {place}")
    asked.commit({"forged.dvc": forged, ".gitignore": f"/model.txt\n/loss.csv\n/{place}\n"})
    machine.train(asked)
    cause = not_pushed(machine)
    assert f"(`{theirs}`) is a folder of the runner's machine" in cause and "LOCAL_REMOTES" in cause
    assert state(theirs) == before


def test_objects_are_added_to_its_own_remote_and_existing_ones_stay(machine: Bench, mine: Path, tmp_path: Path) -> None:
    put(mine, WEIGHTS)
    at(mine, WEIGHTS).write_bytes(b"forged before, and longer")
    machine.train(naming(tmp_path, mine, "worktree = true"))
    name = digest(WEIGHTS)[:7]
    assert not_pushed(machine) == (
        f"The object `{name}` is in the remote with another content, which was left as it is."
    ), "and the report names it"
    assert state(mine) == {
        str(at(Path(), WEIGHTS)): b"forged before, and longer",
        str(at(Path(), CURVE)): CURVE,
    }
