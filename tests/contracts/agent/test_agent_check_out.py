"""What a push checks out, and what a fetch puts in place: in few processes, and as in many. Real git, real DVC."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runners.agent.data.checking_out import CheckOut, check_out_baseline, check_out_locks
from runners.agent.data.fetching import PLACE
from runners.agent.isolation.command_runner import CommandRunner
from runners.agent.tree import MINE
from tests.contracts.agent.agent_bench import Project, digest, project, put, tracked

REF = "refs/exps/aa/bb/puffy-daks"
pytestmark = pytest.mark.timeout(300)  # a few processes of DVC


def mirrored(asked: Project, sha: str) -> Path:
    """Return a mirror of the project that knows a commit as the agent's mirror does."""
    mirror = asked.folder.parent / "mirror.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", asked.folder, mirror], check=True)
    subprocess.run(["git", "-C", mirror, "update-ref", f"{MINE}{sha}", sha], check=True)
    return mirror


def checked_out(tmp_path: Path, mirror: Path, asked: CheckOut) -> tuple[str, bool, str]:
    """Check out as a push does; return why the commit, whether the baseline, and why the locks were not there."""
    commands, folder = CommandRunner(isolated=True, why_stop=lambda: ""), tmp_path / "push"
    (folder / "tree").mkdir(parents=True)
    read = (mirror, *([Path(asked.bundle).parent] if asked.bundle else []))
    trouble, has_baseline = check_out_baseline(commands, asked, folder, read)
    return trouble, has_baseline, check_out_locks(commands, asked, folder, read)


def files(tree: Path) -> dict[str, str]:
    """Return path -> text, without what git and DVC keep for themselves."""
    found = [
        path for path in tree.rglob("*") if path.is_file() and not {".git", "tmp"} & {*path.parts[len(tree.parts) :]}
    ]
    return {str(path.relative_to(tree)): path.read_text() for path in found}


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Project, str, Path]:
    """Return a project, its baseline, and a bundle of an experiment that changed more than dvc.lock files."""
    asked = project(tmp_path, 1)
    sha = asked.commit({"dvc.lock": "before", "kept/dvc.lock": "kept", ":(glob)**/dvc.lock": "odd"})
    hostile = {"dvc.yaml": "stages: {}", ".dvc/config": "[core]\n    remote = mine\n", "new/dvc.lock.txt": "no lock"}
    asked.commit({"dvc.lock": "after", ":(glob)**/dvc.lock": "after", "new/dvc.lock": "new", **hostile})
    asked.git("update-ref", REF, "HEAD")
    out = tmp_path / "out"
    out.mkdir()
    asked.git("bundle", "create", "--quiet", str(out / "bundle"), REF, f"^{sha}")
    asked.git("reset", "--quiet", "--hard", sha)
    return asked, sha, out / "bundle"


def test_of_an_experiment_a_push_reads_its_locks_alone(tmp_path: Path, trained: tuple[Project, str, Path]) -> None:
    asked, sha, bundle = trained
    mirror = mirrored(asked, sha)
    wanted = CheckOut(sha, sha, mirror.as_uri(), REF, str(bundle))
    before = files(asked.folder)
    assert checked_out(tmp_path, mirror, wanted) == ("", True, "")
    changed = {"dvc.lock": "after", ":(glob)**/dvc.lock": "after", "new/dvc.lock": "new"}
    assert files(tmp_path / "push" / "tree") == {**before, **changed}


def test_a_pushed_commit_has_no_bundle_and_a_baseline_of_its_own(
    tmp_path: Path, trained: tuple[Project, str, Path]
) -> None:
    asked, sha, _ = trained
    asked.git("reset", "--quiet", "--hard", REF)
    wanted = CheckOut(asked.sha, f"{asked.sha}^", mirrored(asked, asked.sha).as_uri(), REF, "")
    assert checked_out(tmp_path, tmp_path / "mirror.git", wanted) == ("", True, "")
    assert files(tmp_path / "push" / "tree") == files(asked.folder)
    first = asked.git("rev-list", "--max-parents=0", sha)
    shutil.rmtree(tmp_path / "push")
    subprocess.run(["git", "-C", tmp_path / "mirror.git", "update-ref", f"{MINE}{first}", first], check=True)
    wanted = CheckOut(first, f"{first}^", wanted.mirror, REF, "")
    assert checked_out(tmp_path, tmp_path / "mirror.git", wanted) == ("", False, ""), "nothing is before the first"


def test_a_damaged_bundle_and_an_unknown_commit_are_told_in_the_words_of_git(
    tmp_path: Path, trained: tuple[Project, str, Path]
) -> None:
    asked, sha, bundle = trained
    mirror = mirrored(asked, sha)
    bundle.write_bytes(bundle.read_bytes()[:-30])
    trouble, has_baseline, locks = checked_out(tmp_path, mirror, CheckOut(sha, sha, mirror.as_uri(), REF, str(bundle)))
    assert (trouble, has_baseline) == ("", True) and "fatal: " in locks
    shutil.rmtree(tmp_path / "push")
    unknown = CheckOut("1" * 40, "1" * 40, mirror.as_uri(), REF, str(bundle))
    trouble, has_baseline, _ = checked_out(tmp_path, mirror, unknown)
    assert "couldn't find remote ref" in trouble and not has_baseline


def test_files_put_in_place_by_one_start_of_dvc_are_those_of_one_start_each(tmp_path: Path) -> None:
    asked, cache = project(tmp_path, 1), tmp_path / "cache"
    for name in ("one", "two"):
        put(cache, name.encode())
        asked.commit({f"{name}.csv.dvc": tracked(name.encode()).replace("data.csv", f"{name}.csv")})
    lost = tracked(b"lost").replace("data.csv", "lost.csv")
    asked.commit({"lost.csv.dvc": lost, ".gitignore": "/*.csv\n", ".dvc/config": f"[cache]\n    dir = {cache}\n"})
    names = ("one.csv", "unknown.csv", "lost.csv", "two.csv")
    ways: list[list[tuple[str, ...]]] = [[names], [(name,) for name in names]]
    found = []
    for number, each in enumerate(ways):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(asked.folder, copy)
        said = []
        for paths in each:
            argv = [sys.executable, "-I", "-B", "-c", PLACE, *paths]
            done = subprocess.run(argv, cwd=copy, capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"})
            said.append((done.returncode, done.stdout, done.stderr))
        found.append((files(copy), set(said)))
    assert found[0] == found[1]
    assert {name: found[0][0].get(name) for name in names} == {
        "one.csv": "one",
        "unknown.csv": None,
        "lost.csv": None,
        "two.csv": "two",
    }
    assert not (cache / "files" / "md5" / digest(b"lost")[:2]).exists()
