"""Parts of the agent by themselves: log, client, edits, requirements, cached objects, packing."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runners.agent import tree
from runners.agent.data import dvc_cache
from runners.agent.env_vars import for_installing, for_training
from runners.agent.errors import Stopped, Trouble
from runners.agent.files import Below, open_regular, remove
from runners.agent.isolation import process
from runners.agent.output.log import tail
from runners.agent.packages import requirements
from runners.agent.packages.environment import numbers
from runners.agent.specification import read_bootstrap
from runners.local import LocalRunner
from runners.package import pack
from tests.units.agent.agent_samples import SPECIFICATION


def test_the_last_lines_are_those_with_words() -> None:
    assert tail("one\n\x1b[31mtwo\x1b[0m\n\n  \nthree\r", 2) == "two\nthree"


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"url": "file:///x", "run": "a", "attempt": 1, "token": "t"}'])
def test_a_malformed_bootstrap_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        read_bootstrap(line)


def test_only_regular_files_of_the_repository_are_edited(tmp_path: Path) -> None:
    work, secret = tmp_path / "tree", tmp_path / "secret.yaml"
    (work / ".git").mkdir(parents=True)
    (work / ".git" / "config").write_text("kept\n")
    (work / "linked").symlink_to(tmp_path)
    (work / "linked.yaml").symlink_to(secret)
    secret.write_text("kept\n")
    for name in ("linked.yaml", "linked/secret.yaml", "../secret.yaml", ".git/config", "absent.yaml", str(secret), "."):
        with pytest.raises(Trouble, match="not a regular file of the project"):
            tree.edit(Below(work), {name: "changed\n"})
    assert secret.read_text() == (work / ".git" / "config").read_text() == "kept\n"
    (work / "params.yaml").write_text("lr: 1\r\n")
    tree.edit(Below(work), {"params.yaml": "lr: 2\r\n"})
    assert (work / "params.yaml").read_bytes() == b"lr: 2\r\n"


def test_requirement_files_bring_those_they_include(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "requirements.txt").write_text("-r more/base.txt\nnumpy\n")
    (tmp_path / "more" / "base.txt").write_text("-c ../constraints.txt\n")
    (tmp_path / "constraints.txt").write_text("numpy<3\n")
    assert list(requirements.read(tmp_path, "")) == ["requirements.txt", "more/base.txt", "constraints.txt"]


def test_without_requirements_the_dependencies_in_pyproject_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "vision").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\ndependencies = ["numpy>=2", "scipy; os_name==\'nt\'"]\n'
    )
    (tmp_path / "vision" / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    wanted = {"pyproject.toml.txt": "numpy>=2\nscipy; os_name=='nt'"}
    assert requirements.read(tmp_path, "") == requirements.read(tmp_path, "vision") == wanted
    (tmp_path / "requirements.txt").write_text("torch\n")
    assert requirements.read(tmp_path, "") == {"requirements.txt": "torch\n"}
    (tmp_path / "vision" / "pyproject.toml").write_text('[project]\ndependencies = ["x @ file:../secret"]\n')
    with pytest.raises(Trouble, match="installs from a folder"):
        requirements.read(tmp_path, "vision")
    (tmp_path / "vision" / "pyproject.toml").write_text("project = 3\n[[")
    with pytest.raises(Trouble, match=r"vision/pyproject\.toml can't be read"):
        requirements.read(tmp_path, "vision")


def test_a_projects_own_requirements_go_before_the_repositorys(tmp_path: Path) -> None:
    (tmp_path / "vision").mkdir()
    (tmp_path / "requirements.txt").write_text("numpy\n")
    assert list(requirements.read(tmp_path, "vision")) == ["requirements.txt"]
    (tmp_path / "vision" / "requirements.txt").write_text("-r ../requirements.txt\n")
    assert list(requirements.read(tmp_path, "vision")) == ["vision/requirements.txt", "requirements.txt"]


def test_a_project_that_is_no_folder_of_the_commit_is_refused(tmp_path: Path) -> None:
    work = tmp_path / "tree"
    (work / "vision").mkdir(parents=True)
    (work / "linked").symlink_to(tmp_path)
    (work / "file").write_text("")
    tree.check_project(Below(work))
    tree.check_project(Below(work, "vision"))
    for name in ("absent", "linked", "linked/tree", "file", "../tree"):
        with pytest.raises(Trouble, match="There is no folder"):
            tree.check_project(Below(work, name))


@pytest.mark.parametrize("wish", ["-e .", ".", "./lib", "../lib", "lib @ file:///lib", "/lib", ".[test]"])
def test_packages_in_folders_are_refused_with_the_line(tmp_path: Path, wish: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"numpy\n{wish}\n")
    with pytest.raises(Trouble, match=r"requirements\.txt, line 2: .* installs from a folder"):
        requirements.read(tmp_path, "")


def test_requirements_that_lead_outside_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "secret").write_text("password\n")
    (tmp_path / "tree" / "requirements.txt").write_text("-r ../secret\n")
    with pytest.raises(Trouble, match="outside the repository"):
        requirements.read(tmp_path / "tree", "")
    (tmp_path / "tree" / "requirements.txt").unlink()
    (tmp_path / "tree" / "requirements.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(Trouble, match="not a readable text file"):
        requirements.read(tmp_path / "tree", "")


def stored(cache: Path, data: bytes, name: str = "") -> str:
    """Store an object in a cache, under its own hash or another name."""
    name = name or hashlib.md5(data, usedforsecurity=False).hexdigest()
    path = cache / "files" / "md5" / name[:2] / name[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


def go_on() -> str:
    """Return no reason to stop."""
    return ""


def stop_after(looks: int) -> Callable[[], str]:
    """Return a function that gives a reason to stop after it was called so often."""
    answers = iter([""] * looks)
    return lambda: next(answers, "Cancelled.")


@pytest.mark.parametrize(
    "work",
    [
        lambda full, empty, names: dvc_cache.damaged(full, names, stop_after(2)),
        lambda full, empty, names: dvc_cache.seed(full, empty, names, stop_after(2), runs=False),
        lambda full, empty, names: dvc_cache.keep(full, empty, stop_after(2), runs=False),
    ],
    ids=["hashing", "bringing", "keeping"],
)
def test_a_stop_interrupts_the_reading_of_a_long_object_and_loses_nothing(
    work: Callable[[Path, Path, list[str]], object], tmp_path: Path
) -> None:
    full, empty = tmp_path / "full", tmp_path / "empty"
    name = stored(full, b"x" * 3 * dvc_cache.BLOCK)
    with pytest.raises(Stopped, match="Cancelled"):
        work(full, empty, [name])
    assert (full / "files" / "md5" / name[:2] / name[2:]).stat().st_size == 3 * dvc_cache.BLOCK
    assert not [path for path in empty.rglob("*") if path.is_file()], "no half of it stays"


def test_only_objects_whose_hash_is_right_are_kept(tmp_path: Path) -> None:
    own, kept = tmp_path / "own", tmp_path / "kept"
    good = stored(own, b"good")
    forged = stored(own, b"forged", "0" * 32)
    (own / "files" / "md5" / "ab").symlink_to(tmp_path)
    assert dvc_cache.keep(own, kept, go_on, runs=True) == 1
    assert (kept / "files" / "md5" / good[:2] / good[2:]).read_bytes() == b"good"
    assert not (kept / "files" / "md5" / forged[:2]).is_file()
    assert not [path for path in kept.rglob("*") if path.is_symlink()]


def test_a_cache_that_became_a_symlink_is_not_followed(tmp_path: Path) -> None:
    own, kept, other = tmp_path / "own", tmp_path / "kept", tmp_path / "other"
    stored(other, b"of another repository")
    own.mkdir()
    (own / "files").symlink_to(other / "files")
    assert dvc_cache.keep(own, kept, go_on, runs=True) == 0


def test_a_folder_is_copied_with_its_listed_files_only(tmp_path: Path) -> None:
    own, kept = tmp_path / "own", tmp_path / "kept"
    image, stranger = stored(kept, b"image"), stored(kept, b"stranger")
    listing = json.dumps([{"md5": image, "relpath": "a.png"}]).encode()
    folder = stored(kept, listing, hashlib.md5(listing, usedforsecurity=False).hexdigest() + ".dir")
    dvc_cache.seed(kept, own, [folder], go_on, runs=False)
    there = {path.parent.name + path.name for path in own.rglob("*") if path.is_file()}
    assert there == {image, folder} and stranger not in there


def test_an_earlier_result_is_copied_with_all_its_objects_or_not_at_all(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    model = stored(kept, b"model")
    entry = kept / "runs" / "ab" / ("ab" + "0" * 62) / ("1" * 64)
    entry.parent.mkdir(parents=True)
    entry.write_text(f"cmd: python train.py\nouts:\n- path: model\n  md5: {model}\n")
    dvc_cache.seed(kept, tmp_path / "first", [], go_on, runs=True)
    assert (tmp_path / "first" / entry.relative_to(kept)).exists()
    (kept / "files" / "md5" / model[:2] / model[2:]).write_bytes(b"forged")
    dvc_cache.seed(kept, tmp_path / "second", [], go_on, runs=True)
    assert not [path for path in (tmp_path / "second").rglob("*") if path.is_file()]


def test_pipes_and_symlinks_are_never_opened_as_files(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    subprocess.run(["mkfifo", str(tmp_path / "pipe")], check=True)
    for name in ("link", "pipe"):
        with pytest.raises(OSError), open_regular(tmp_path / name):
            pytest.fail("it was opened")


def test_a_tree_with_unreadable_folders_is_removed(tmp_path: Path) -> None:
    deep = tmp_path / "tree" / "closed" / "deep"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    deep.chmod(0)
    deep.parent.chmod(0o500)
    remove(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_a_command_that_ignores_sigint_is_killed_after_the_grace(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    )
    output = bytearray()
    outcome = process.run(
        [sys.executable, "-c", stubborn],
        env={},
        folder=tmp_path,
        sink=output.extend,
        seconds=60,
        stop=lambda: b"on" in output,
        grace=0.3,
    )
    assert outcome == process.ProcessEnd(128 + 9, "stop")


def test_a_missing_command_is_reported(tmp_path: Path) -> None:
    output = bytearray()
    argv = ["no-such-program"]
    outcome = process.run(argv, env={}, folder=tmp_path, sink=output.extend, seconds=5, stop=lambda: False)
    assert outcome.code == 127 and b"no-such-program: No such file" in output


def test_credentials_of_index_and_proxy_reach_only_the_installer(tmp_path: Path) -> None:
    outer = {
        "UV_INDEX_URL": "https://user:secret@index.example/packages",
        "HTTPS_PROXY": "http://user:secret@proxy.example",
        "NO_PROXY": "localhost",
        "SSL_CERT_FILE": "/etc/ssl/certs/ca.pem",
        "GITHUB_PRIVATE_KEY": "secret",
    }
    training = for_training(outer, SPECIFICATION, tmp_path / "env", tmp_path / "home")
    assert "secret" not in "".join(training.values())
    assert training["NO_PROXY"] == "localhost" and training["SSL_CERT_FILE"] == outer["SSL_CERT_FILE"]
    installing = for_installing(outer, tmp_path, tmp_path)
    assert installing["UV_INDEX_URL"] == outer["UV_INDEX_URL"] and "GITHUB_PRIVATE_KEY" not in installing


def test_the_index_may_be_set_by_pips_own_variables(tmp_path: Path) -> None:
    outer = {"PIP_INDEX_URL": "https://index.example/packages", "PIP_FIND_LINKS": "/wheels /more"}
    installing = for_installing(outer, tmp_path, tmp_path)
    assert installing["UV_DEFAULT_INDEX"] == outer["PIP_INDEX_URL"]
    assert installing["UV_FIND_LINKS"] == "/wheels,/more"


def test_versions_are_compared_as_numbers() -> None:
    assert numbers("3.67.1") > numbers("3.9") > numbers("3.0rc1") == numbers("3.0")


def test_packing_the_agent_twice_gives_the_same_bytes() -> None:
    assert pack() == pack()


def test_without_isolation_only_trusted_repositories_are_admitted(tmp_path: Path) -> None:
    open_to_all = LocalRunner(tmp_path, "http://127.0.0.1:1", (), frozenset(), isolated=True)
    assert open_to_all.admit("Octo/Iris") == ""
    why = "bubblewrap is not there."
    plain = LocalRunner(tmp_path, "http://127.0.0.1:1", (), frozenset({"octo/iris"}), isolated=False, obstacle=why)
    assert plain.admit("Octo/Iris") == ""
    refused = plain.admit("octo/other")
    assert "bubblewrap is not there. The operator fixes that, or adds octo/other to TRUSTED_REPOSITORIES." in refused
    hindered = replace(plain, obstacle="Type `sysctl -w kernel.unprivileged_userns_clone=1` as root.")
    assert "unprivileged_userns_clone=1` as root. The operator fixes that" in hindered.admit("octo/other")


def test_root_trains_only_trusted_repositories(tmp_path: Path) -> None:
    local = LocalRunner(tmp_path, "http://127.0.0.1:1", (), frozenset({"octo/iris"}), isolated=True, is_root=True)
    assert local.admit("Octo/Iris") == ""
    refused = local.admit("octo/other")
    assert "runs as root" in refused and "`useradd --create-home studio-agent`" in refused
    assert "TRUSTED_REPOSITORIES" in refused and "bubblewrap" not in refused
