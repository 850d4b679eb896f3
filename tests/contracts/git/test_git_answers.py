"""What git answered is remembered: the answers are the same, and none outlives the repository that it was about."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import NotFound
from services.git import answers, mirror
from services.git.command import git
from services.git.mirror import Mirror, new_repository
from services.git.repository import Mirrors
from services.git.stores import Stores
from tests.contracts.git.workbench import Workbench, text

ABSENT = "a" * 40


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_known", type(answers._known)())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that mirrors start."""
    commands: list[str] = []

    def counted(folder: Path, *arguments: str, **options: bytes) -> bytes:
        commands.append(arguments[0])
        return git(folder, *arguments, **options)  # type: ignore[arg-type]  # options are handed on as they came

    monkeypatch.setattr(mirror, "git", counted)
    return commands


@pytest.fixture
def here(bench: Workbench, mirrors: Mirrors) -> Mirror:
    """A mirror with `older`, `newer`, an unrelated root and a tag."""
    older = bench.commit({"a": text()}, message="Begin\n\nwith words")
    newer = bench.commit({"a": text("2\n")}, older)
    bench.git("tag", "--annotate", "--message=v1", "v1", newer)
    for number, sha in enumerate((newer, bench.commit({"b": text()}), bench.git("rev-parse", "v1"))):
        bench.publish(sha, f"refs/tags/t{number}")
        mirrors.fetch(bench.repository, [sha])
    mirrors.fetch(bench.repository, [older])
    return mirrors._mirror(bench.repository)


def said(question: Callable[[], object]) -> object:
    try:
        return question()
    except NotFound:
        return "not found"


def everything(place: Mirror, shas: list[str]) -> dict[str, object]:
    """Return all answers about these SHAs and pairs of them."""
    found: dict[str, object] = {"missing": place.missing(shas)}
    for one in shas:
        for name in ("commit", "tree", "parent", "message"):
            found[f"{name} {one}"] = said(lambda name=name, one=one: getattr(place, name)(one))  # type: ignore[misc]
        for other in shas:
            found[f"ancestor {one} {other}"] = place.is_ancestor(one, other)
            found[f"base {one} {other}"] = said(lambda one=one, other=other: place.merge_base(one, other))  # type: ignore[misc]
    return found


def test_remembered_answers_are_those_of_git(here: Mirror, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    shas = [*bench.git("rev-parse", "t0", "t0^", "t1", "t2", "t0^{tree}", at="remote.git").split(), ABSENT]
    first = everything(here, shas)
    assert everything(here, shas) == first
    monkeypatch.setattr(answers, "MOST", 0)  # each is forgotten at once
    answers._known.clear()
    assert everything(here, shas) == first


def test_no_process_is_started_for_what_cannot_change(here: Mirror, bench: Workbench, asked: list[str]) -> None:
    newer = bench.remote_ref("refs/tags/t0")
    older = here.parent(newer)
    everything(here, [older, newer])
    asked.clear()
    assert here.missing([older, newer]) == set()
    assert (here.commit(newer), here.merge_base(older, newer)) == (newer, older)
    assert here.is_ancestor(older, newer) and here.is_ancestor(newer, newer)
    assert here.tree(newer) and here.parent(newer) == older and here.message(older) == "Begin\n\nwith words"
    assert asked == []
    assert not here.is_ancestor(newer, older)
    assert asked == ["merge-base"]


def test_what_is_missing_is_asked_again(bench: Workbench, mirrors: Mirrors) -> None:
    place, repository = mirrors._mirror(bench.repository), bench.repository
    sha = bench.publish(bench.commit({"a": text()}))
    later = bench.commit({"a": text("2\n")}, sha)
    assert place.missing([sha]) == {sha} and not place.is_ancestor(sha, sha)
    with pytest.raises(NotFound):
        place.commit(sha)
    mirrors.fetch(repository, [sha])
    assert place.missing([sha, later]) == {later} and place.commit(sha) == sha and place.is_ancestor(sha, sha)
    mirrors.fetch(repository, [bench.publish(later)])
    assert place.merge_base(sha, later) == sha and place.missing([sha, later]) == set()


def test_a_mirror_that_was_deleted_has_nothing(here: Mirror, bench: Workbench, mirrors: Mirrors) -> None:
    newer = bench.remote_ref("refs/tags/t0")
    everything(here, [newer])
    shutil.rmtree(here.folder)
    anew = mirrors._mirror(bench.repository)
    assert anew.missing([newer]) == {newer} and not anew.is_ancestor(newer, newer)
    for question in (anew.commit, anew.tree, anew.parent, anew.message, lambda sha: anew.merge_base(sha, sha)):
        with pytest.raises(NotFound):
            question(newer)
    mirrors.fetch(bench.repository, [newer])
    assert anew.missing([newer]) == set() and mirrors.read(bench.repository, newer, "a") == b"2\n"


def test_a_store_knows_what_it_has_as_long_as_it_and_its_mirror_are_there(here: Mirror, bench: Workbench) -> None:
    stores, newer = Stores(here), bench.remote_ref("refs/tags/t0")
    theirs = bench.publish(bench.commit({"a": text("9\n")}, newer), "refs/tags/theirs")

    def bring(store: Path, seconds: float, most: int) -> None:
        git(store, "fetch", "--quiet", str(bench.folder / "remote.git"), theirs, protocols="file")
        Mirror(store).keep([theirs])

    stores.bring("7", "head", 1.0, bring)
    with stores.held("7", 1.0) as folder:
        assert folder is not None
        store = Mirror(folder)
        for _ in range(2):
            assert store.missing([theirs]) == set() and store.is_ancestor(newer, theirs)
    assert stores.remove("7")
    stores.bring("7", "head", 1.0, lambda *_: None)
    assert store.missing([theirs]) == {theirs} and not store.is_ancestor(newer, theirs)
    assert store.commit(newer) == newer  # of the mirror
    shutil.rmtree(here.folder)
    new_repository(here.folder)
    with pytest.raises(NotFound):
        store.commit(newer)


def test_few_answers_are_kept_and_no_long_one(here: Mirror, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = answers.answers_of(here.folder)
    monkeypatch.setattr(answers, "MOST", 2)
    for name in ("a", "b"):
        kept.keep(name, "message", name)
    assert kept.get("message", "a") == "a"
    kept.keep("c", "message", "c")
    assert [kept.get("message", name) for name in ("a", "b", "c")] == ["a", None, "c"]
    assert kept.keep("x" * 1001, "message", "d") == "x" * 1001
    assert kept.get("message", "d") is None
    nowhere = answers.answers_of(here.folder / "nowhere")
    nowhere.keep("c", "message", "c")
    assert nowhere.get("message", "c") is None
