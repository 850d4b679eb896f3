"""Commits that the bot makes in a mirror, and those it examines."""

from pathlib import Path

import pytest

from bot.errors import NotFound, Rejected, UserError
from services.git.repository import Mirrors
from tests.contracts.git.workbench import Files, Workbench, text


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench.make(tmp_path)


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    return Mirrors(tmp_path / "mirrors", lambda _: "", lambda _: "", lambda _: None)


def fetched(bench: Workbench, mirrors: Mirrors, sha: str) -> str:
    bench.git("push", "--quiet", "../remote.git", f"{sha}:refs/exps/{sha}")
    mirrors.fetch(bench.repository, [sha])
    return sha


def test_a_commit_has_its_parents_tree_new_texts_and_paths_of_another(bench: Workbench, mirrors: Mirrors) -> None:
    first: Files = {"a.txt": text("1\n"), "run.sh": ("100755", b"x\n"), "old.csv": text()}
    base = fetched(bench, mirrors, bench.commit(first))
    other = bench.commit({"deep/m.json": text("2\n"), "a.txt": text("9\n"), "old.csv": None}, base)
    fetched(bench, mirrors, other)
    repository = bench.repository
    made = mirrors.commit(
        repository, base, "Say\n\nmore", "studio[bot]", 1.8e9, {"run.sh": "y\n"}, other, ["deep/m.json", "old.csv"]
    )
    assert mirrors.read(repository, made, "a.txt") == b"1\n"
    assert mirrors.read(repository, made, "run.sh") == b"y\n"
    assert mirrors.read(repository, made, "deep/m.json") == b"2\n"
    assert mirrors.read(repository, made, "old.csv") is None
    mirrors.push(repository, made, "refs/heads/new")
    shown = bench.git("log", "-1", "--format=%an %ae %ct %s %P", "refs/heads/new", at="remote.git")
    assert shown == f"studio[bot] studio[bot]@users.noreply.github.com 1800000000 Say {base}"
    assert bench.git("ls-tree", "refs/heads/new", "run.sh", at="remote.git").startswith("100755")
    assert mirrors.is_ancestor(repository, base, made)
    assert not mirrors.is_ancestor(repository, made, base)


def test_making_the_same_commit_twice_gives_the_same_sha(bench: Workbench, mirrors: Mirrors) -> None:
    base = fetched(bench, mirrors, bench.commit({"a": text("1\n")}))
    both = {mirrors.commit(bench.repository, base, "Say", "studio[bot]", 7, {"a": "2\n"}) for _ in range(2)}
    assert len(both) == 1


def test_a_pushed_experiment_is_examined_like_a_bundle(bench: Workbench, mirrors: Mirrors) -> None:
    base = fetched(bench, mirrors, bench.commit({"p.yaml": text("1\n")}))
    sha = fetched(bench, mirrors, bench.commit({"p.yaml": text("2\n"), "x.py": text()}, base, message="Try"))
    found = mirrors.look(bench.repository, sha, base, ["p.yaml"])
    assert (found.message, found.changed) == ("Try", ("p.yaml", "x.py"))
    assert found.refused == ("x.py (not declared as an output)",)
    with pytest.raises(UserError, match="one commit"):
        mirrors.look(bench.repository, sha, "0" * 40, [])
    with pytest.raises(NotFound):
        mirrors.look(bench.repository, "0" * 40, base, [])


def test_a_ref_is_removed_only_if_it_did_not_move(bench: Workbench, mirrors: Mirrors) -> None:
    sha = fetched(bench, mirrors, bench.commit({"a": text("1\n")}))
    with pytest.raises(Rejected):
        mirrors.remove(bench.repository, {f"refs/exps/{sha}": "0" * 39 + "1"})
    mirrors.remove(bench.repository, {f"refs/exps/{sha}": sha})
    assert mirrors.remote_refs(bench.repository, "refs/*") == {}


def test_a_commit_made_again_keeps_only_its_tree_and_parent(bench: Workbench, mirrors: Mirrors) -> None:
    base = fetched(bench, mirrors, bench.commit({"a": text("1\n"), "old": text()}))
    theirs = fetched(bench, mirrors, bench.commit({"a": text("2\n"), "old": None}, base, message="Fixes #1"))
    twice = {mirrors.recommit(bench.repository, theirs, "Set a=2", "studio[bot]", 1.8e9) for _ in range(2)}
    (made,) = twice
    mirrors.push(bench.repository, made, "refs/heads/new")
    shown = bench.git("log", "-1", "--format=%an %cn %at %ct %P%n%B", "refs/heads/new", at="remote.git")
    assert shown.splitlines() == [f"studio[bot] studio[bot] 1800000000 1800000000 {base}", "Set a=2"]
    assert mirrors.tree(bench.repository, made) == mirrors.tree(bench.repository, theirs)
