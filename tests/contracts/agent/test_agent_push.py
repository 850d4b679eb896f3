"""What the agent reports about a push to the DVC remote, and a later push of what it kept: real agent, real DVC."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.agent.agent_bench import Bench, Project, digest, project
from tests.contracts.agent.agent_remote import unnamed

pytestmark = pytest.mark.timeout(600)  # a dozen DVC processes
PULL = (sys.executable, "-m", "dvc", "pull", "--quiet")


def trained(machine: Bench, asked: Project, rate: str) -> str:
    """Return the commit of a trained experiment."""
    ref = machine.train(asked, edits={"params.yaml": f"lr: {rate}\n"})
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    return asked.unpack(machine.api.files["bundle"], ref)


def pushed(machine: Bench, asked: Project, commit: str, **changes: Any) -> dict[str, Any]:
    """Have the data of an experiment's commit pushed again, and return what the agent reports."""
    asked.git("branch", "--force", "experiment", commit)
    machine.ask(asked, sha=commit, script=[], edits={}, collect=[], push_only=True, **changes)
    machine.start()
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert not machine.api.files and "training with" not in machine.api.text
    return dict(machine.api.done["delivered"])


def pulled(asked: Project, commit: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `dvc pull` in a clone at the commit."""
    asked.git("branch", "--force", "experiment", commit)
    subprocess.run(["git", "clone", "--quiet", "--branch", "experiment", asked.folder, folder], check=True)
    return subprocess.run(PULL, cwd=folder, check=False, capture_output=True, text=True)


def kept(machine: Bench, content: bytes, number: int = 1) -> Path:
    name = digest(content)
    return machine.home / "caches" / str(number) / "files" / "md5" / name[:2] / name[2:]


@pytest.fixture
def remote(machine: Bench, tmp_path: Path) -> Path:
    """Return a folder that the operator lets projects use; nothing can be written to it, as a file is in its place."""
    folder = tmp_path / "remote"
    folder.mkdir()
    (folder / "files").write_text("in the way")
    machine.remotes = (folder,)
    return folder


def test_data_pushed_after_the_remote_was_repaired_is_there_for_a_clone(
    machine: Bench, tmp_path: Path, remote: Path
) -> None:
    asked = project(tmp_path, 1, remote=remote)
    commit = trained(machine, asked, "0.31")
    first = machine.api.done["delivered"]
    assert (first["data"], first["remote"], first["lost"]) == ("not pushed", "storage", False)
    assert first["cause"] == (
        f"The DVC remote `storage` (`{remote}`) did not take it: Not a directory. "
        "Whoever keeps that place makes it writable for the runner."
    )
    assert pulled(asked, commit, tmp_path / "before").returncode != 0
    assert pushed(machine, asked, commit) == first, "nothing was mended yet"
    (remote / "files").unlink()
    assert pushed(machine, asked, commit) == {"data": "pushed", "remote": "storage", "cause": "", "lost": False}
    done = pulled(asked, commit, tmp_path / "after")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "after" / "model.txt").read_text() == "weights 0.31"
    assert pushed(machine, asked, commit)["data"] == "pushed", "again it changes nothing"


def test_a_remote_that_is_added_later_gets_the_kept_data(machine: Bench, tmp_path: Path, remote: Path) -> None:
    asked = project(tmp_path, 1)
    commit = trained(machine, asked, "0.36")
    assert machine.api.done["delivered"]["data"] == "no remote"
    (remote / "files").unlink()
    named = unnamed(f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {remote}\n")
    assert pushed(machine, asked, commit, remote=named)["data"] == "pushed"
    model = digest(b"weights 0.36")
    assert (remote / "files" / "md5" / model[:2] / model[2:]).read_bytes() == b"weights 0.36"


def test_a_kept_object_that_was_damaged_is_not_pushed(machine: Bench, tmp_path: Path, remote: Path) -> None:
    asked = project(tmp_path, 1, remote=remote)
    commit = trained(machine, asked, "0.32")
    model = kept(machine, b"weights 0.32")
    model.chmod(0o644)
    model.write_bytes(b"weights 9.99")
    (remote / "files").unlink()
    delivered = pushed(machine, asked, commit)
    name = digest(b"weights 0.32")
    assert delivered["data"] == "not pushed" and delivered["lost"]
    assert (
        delivered["cause"] == f"The object `{name[:7]}` no longer had its hash where it was kept, and was not pushed."
    )
    assert not model.exists()
    assert b"weights 9.99" not in [path.read_bytes() for path in remote.rglob("*") if path.is_file()]
    curve = digest(b"step,loss\n0,0.32\n")
    assert (remote / "files" / "md5" / curve[:2] / curve[2:]).exists(), "the others are"


def test_data_that_no_machine_keeps_is_not_called_pushed(machine: Bench, tmp_path: Path, remote: Path) -> None:
    asked = project(tmp_path, 1, remote=remote)
    commit = trained(machine, asked, "0.33")
    kept(machine, b"weights 0.33").unlink()
    kept(machine, b"step,loss\n0,0.33\n").unlink()
    (remote / "files").unlink()
    delivered = pushed(machine, asked, commit)
    assert delivered["data"] == "not pushed" and delivered["lost"]
    assert delivered["cause"].startswith("Each of 2 objects (")
    assert "neither where it was looked for nor in the remote." in delivered["cause"]


def test_for_a_remote_without_its_plugin_the_plugin_is_named(machine: Bench, tmp_path: Path) -> None:
    asked = project(tmp_path, 1)
    asked.git("checkout", "--quiet", trained(machine, asked, "0.34"))
    config = "[core]\n    remote = cloud\n['remote \"cloud\"']\n    url = oss://bucket/models\n"
    assert pushed(machine, asked, asked.commit({".dvc/config": config}))["cause"] == (
        "The DVC remote `cloud` (`oss://bucket/models`) did not take it: DVC needs the plugin `dvc-oss` for it, which "
        "the runner does not have. The operator installs it."
    )


def test_a_newline_in_an_address_is_part_of_it_and_adds_no_settings_to_ours(machine: Bench, tmp_path: Path) -> None:
    elsewhere, bare = tmp_path / "elsewhere", tmp_path / "bare"
    for folder in (elsewhere, bare / ".dvc"):
        folder.mkdir(parents=True)
    address = "\u2028".join(["https://127.0.0.1:9/x", "[cache]", f"dir = {elsewhere}"])
    config = f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {address}\n"
    (bare / ".dvc" / "config").write_text(config.replace("[core]", "[core]\n    no_scm = true"))
    asking = (sys.executable, "-m", "dvc", "config", "cache.dir")
    heard = subprocess.run(asking, cwd=bare, check=False, capture_output=True, text=True)
    assert heard.stdout.strip() == str(elsewhere), heard.stderr
    asked = project(tmp_path, 1)
    asked.git("checkout", "--quiet", trained(machine, asked, "0.36"))
    delivered = pushed(machine, asked, asked.commit({".dvc/config": config}))
    assert delivered["data"] == "not pushed"
    assert delivered["cause"] == "The address of the DVC remote has characters that DVC's configuration cannot hold."
    assert not [*elsewhere.iterdir()]


def test_a_project_without_a_remote_is_reported(machine: Bench, tmp_path: Path) -> None:
    trained(machine, project(tmp_path, 1), "0.35")
    assert machine.api.done["delivered"] == {"data": "no remote", "remote": "", "cause": "", "lost": False}
