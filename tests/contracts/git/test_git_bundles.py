"""Bundles from training machines: honest ones are accepted, and nothing of the others reaches the mirror."""

import shutil
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.ports.git import Bundle
from experiments.limits import LIMITS
from services.git.repository import Mirrors
from tests.contracts.git.workbench import ENVIRONMENT, Files, Workbench, text

REF = "refs/exps/ab/cdef/puffy-daks"
ALLOWED = ("metrics.json", "dvc.lock", "plots", "models/")
START: Files = {
    "metrics.json": text("{}\n"),
    "dvc.lock": text(""),
    "train.py": text("import os\n"),
    "plots/loss.csv": text("1\n"),
    "old-link": ("120000", b"train.py"),
}


@dataclass(frozen=True)
class Bot:
    """Hold mirrors with the baseline, and the bench of the training machine."""

    place: Path
    root: str
    baseline: str

    @property
    def bench(self) -> Workbench:
        return Workbench(self.place / "bench")

    @property
    def folder(self) -> Path:
        return self.place / "mirrors"

    @property
    def mirrors(self) -> Mirrors:
        return Mirrors(self.folder, lambda _: "", lambda _: "", lambda _: None)

    def verify(self, bundle: Path) -> Bundle:
        return self.mirrors.verify(self.bench.repository, bundle, REF, self.baseline, ALLOWED)

    def returns(self, files: Files, message: str = "Set lr=1") -> Bundle:
        """Return the bundle that the bot accepted of an experiment that changed these files."""
        sha = self.bench.commit(files, self.baseline, message=message)
        return self.verify(self.bench.bundle((sha, REF), without=self.baseline))

    def objects(self) -> set[str]:
        listing = ["git", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]
        found = subprocess.run(listing, cwd=self.folder / "42.git", env=ENVIRONMENT, capture_output=True, check=True)
        return set(found.stdout.decode().split())

    def refuses(self, bundle: Path, reason: str) -> None:
        """Check that the bundle is refused for the reason, and leaves nothing behind."""
        before = self.objects()
        with pytest.raises(UserError, match=reason) as refused:
            self.verify(bundle)
        assert str(refused.value).startswith("What the training machine returned was not taken: ")
        assert self.objects() == before
        assert sorted(path.name for path in self.folder.iterdir()) == ["42.git", "42.lock"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    place = tmp_path_factory.mktemp("prepared")
    bench = Workbench.make(place / "bench")
    root = bench.commit({"first": text()})
    bot = Bot(place, root, bench.publish(bench.commit(START, root)))
    bot.mirrors.fetch(bench.repository, [bot.baseline])
    return bot


@pytest.fixture
def bot(prepared: Bot, tmp_path: Path) -> Bot:
    shutil.copytree(prepared.place, tmp_path / "place")
    return replace(prepared, place=tmp_path / "place")


def test_an_honest_experiment_is_accepted_and_can_be_pushed(bot: Bot) -> None:
    files: Files = {"metrics.json": text('{"a": 1}'), "plots/new/roc.csv": text(), "models/m.txt": text()}
    found = bot.returns(files, message="Set lr=1\n\nby Ada")
    assert found.message == "Set lr=1\n\nby Ada"
    assert found.changed == ("metrics.json", "models/m.txt", "plots/new/roc.csv")
    assert found.refused == ()
    assert bot.mirrors.read(bot.bench.repository, found.sha, "metrics.json") == b'{"a": 1}'
    bot.mirrors.push(bot.bench.repository, found.sha, REF)
    bot.mirrors.push(bot.bench.repository, found.sha, "refs/heads/main", expected=bot.baseline)
    assert bot.bench.remote_ref(REF) == bot.bench.remote_ref("refs/heads/main") == found.sha


def test_a_commit_that_changes_nothing_is_fine(bot: Bot) -> None:
    assert bot.returns({}).changed == ()


def test_a_bundle_with_the_whole_history_is_fine(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.baseline)
    assert bot.verify(bot.bench.bundle((sha, REF))).sha == sha
    assert bot.verify(bot.bench.bundle((sha, REF), without=bot.root)).sha == sha


def test_the_same_bundle_can_be_verified_again(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.baseline)
    bundle = bot.bench.bundle((sha, REF), without=bot.baseline)
    assert bot.verify(bundle) == bot.verify(bundle)


@pytest.mark.parametrize(
    ("files", "refused"),
    [
        ({"train.py": text("import evil\n")}, "train.py (not declared as an output)"),
        ({"train.py": None}, "train.py (not declared as an output)"),
        ({"plots-evil.csv": text()}, "plots-evil.csv (not declared as an output)"),
        ({"METRICS.json": text()}, "METRICS.json (not declared as an output)"),
        ({"metrics.json": ("120000", b"/etc/passwd")}, "metrics.json (symlink)"),
        ({"plots/link": ("120000", b"../train.py")}, "plots/link (symlink)"),
        ({"old-link": None}, "old-link (not declared as an output)"),
        ({"plots/module": ("160000", b"a" * 40)}, "plots/module (submodule)"),
        ({".github/workflows/evil.yml": text()}, ".github/workflows/evil.yml (workflow)"),
        ({".GitHub/workflows/evil.yml": text()}, ".GitHub/workflows/evil.yml (workflow)"),
        ({".dvc/config": text()}, ".dvc/config (DVC configuration)"),
        ({"plots/.dvc/config": text()}, "plots/.dvc/config (DVC configuration)"),
        ({"plots/.gitattributes": text()}, "plots/.gitattributes (Git's own file)"),
        ({".gitmodules": text('[submodule "a"]\n')}, ".gitmodules (Git's own file)"),
        ({"metrics.json": ("100755", b"{}\n")}, "metrics.json (made executable)"),
        ({"models/run": ("100755", b"#!/bin/sh\n")}, "models/run (made executable)"),
        ({"odd\nname\t'\"`": text()}, "odd\nname\t'\"` (not declared as an output)"),
        ({b"models/\xff": ("100644", b"x")}, "models/\\xff (not declared as an output)"),
    ],
)
def test_a_file_that_may_not_reach_a_branch_is_named_with_the_reason(bot: Bot, files: Files, refused: str) -> None:
    found = bot.returns(files)
    assert found.refused == (refused,)


def test_a_renamed_file_is_two_changes(bot: Bot) -> None:
    found = bot.returns({"train.py": None, "models/train.py": text("import os\n")})
    assert found.changed == ("models/train.py", "train.py")
    assert found.refused == ("train.py (not declared as an output)",)


def test_an_empty_name_allows_nothing(bot: Bot) -> None:
    sha = bot.bench.commit({"train.py": text("x")}, bot.baseline)
    bundle = bot.bench.bundle((sha, REF), without=bot.baseline)
    for allowed in ((), ("",), (".",), ("./",), ("/",), ("..",)):
        assert bot.mirrors.verify(bot.bench.repository, bundle, REF, bot.baseline, allowed).refused


def test_a_second_ref_is_refused(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.baseline)
    bot.refuses(bot.bench.bundle((sha, REF), (sha, "refs/heads/main"), without=bot.baseline), "2 refs")


def test_another_ref_is_refused(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.baseline)
    bot.refuses(bot.bench.bundle((sha, "refs/heads/main"), without=bot.baseline), f"another ref than `{REF}`")


def test_two_commits_are_refused(bot: Bot) -> None:
    one = bot.bench.commit({"metrics.json": text("1")}, bot.baseline)
    two = bot.bench.commit({"metrics.json": text("2")}, one)
    bot.refuses(bot.bench.bundle((two, REF), without=bot.baseline), "2 commits, where one on")


def test_another_parent_is_refused(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.root)
    bot.refuses(bot.bench.bundle((sha, REF), without=bot.root), "not made on")
    bot.refuses(bot.bench.bundle((bot.bench.commit(START), REF)), "not made on")


def test_a_merge_is_refused(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.baseline, bot.root)
    bot.refuses(bot.bench.bundle((sha, REF), without=bot.baseline), "is a merge")


def test_the_baseline_itself_is_refused(bot: Bot) -> None:
    bot.refuses(bot.bench.bundle((bot.baseline, REF)), "no commit of its own")


def test_a_tag_in_place_of_the_commit_is_refused(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.baseline)
    bot.bench.git("-c", "tag.gpgSign=false", "tag", "-a", "-m", "t", "t", sha)
    tag = bot.bench.git("rev-parse", "refs/tags/t")
    bot.refuses(bot.bench.bundle((tag, REF), without=bot.baseline), "not a commit")


def test_a_bundle_that_needs_objects_outside_the_baseline_is_refused(bot: Bot) -> None:
    other = bot.bench.commit({"metrics.json": text("other")})
    bot.refuses(bot.bench.bundle((bot.bench.commit({}, other), REF), without=other), "builds on commit")


@pytest.mark.parametrize("path", [".git/config", ".GIT/hooks/x", "models/.g\u200cit/config", "models/GIT~1/x", "../x"])
def test_names_that_attack_a_checkout_are_refused(bot: Bot, path: str) -> None:
    sha = bot.bench.commit({path: text()}, bot.baseline)
    bot.refuses(bot.bench.bundle((sha, REF), without=bot.baseline), "`git fsck` does not accept it: `.*hasDot")


def test_a_hostile_submodule_is_refused(bot: Bot) -> None:
    modules = '[submodule "a"]\n\tpath = -u\n\turl = -u./payload\n'
    sha = bot.bench.commit({".gitmodules": text(modules)}, bot.baseline)
    bot.refuses(bot.bench.bundle((sha, REF), without=bot.baseline), "`git fsck` does not accept it")


def test_a_damaged_bundle_is_refused(bot: Bot) -> None:
    sha = bot.bench.commit({"metrics.json": text("1" * 5000)}, bot.baseline)
    bundle = bot.bench.bundle((sha, REF), without=bot.baseline)
    whole = bundle.read_bytes()
    pack = whole.index(b"PACK")
    for broken, reason in (
        (whole[:-30], "damaged"),
        (whole[:pack], "damaged"),
        (whole[: pack + 20] + b"\0\0\0\0" + whole[pack + 24 :], "damaged"),
        (whole[:20], "not a Git bundle"),
        (b"", "not a Git bundle"),
        (b"<html>", "not a Git bundle"),
        (whole.replace(b"# v2", b"# v3"), "not a Git bundle"),
        (whole.replace(sha.encode() + b" refs", b"--upload-pack=x".ljust(40, b"x") + b" refs"), "no SHA"),
        (whole.replace(sha.encode() + b" refs", b"z" * 40 + b" refs"), "no SHA"),
        (whole.replace(sha.encode() + b" refs", b"a" * 40 + b" refs"), "damaged"),
    ):
        bundle.write_bytes(broken)
        bot.refuses(bundle, reason)


def test_a_commit_without_all_its_objects_is_refused(bot: Bot) -> None:
    missing = bot.bench.git("hash-object", "-w", "--stdin", feed=b"only here")
    tree = bot.bench.git("mktree", "-z", feed=f"100644 blob {missing}\tmetrics.json\0".encode())
    sha = bot.bench.git("commit-tree", "-p", bot.baseline, "-m", "x", tree)
    pack = subprocess.run(
        ["git", "pack-objects", "--stdout", "-q"],
        cwd=bot.bench.folder / "work",
        env=ENVIRONMENT,
        input=f"{sha}\n{tree}\n".encode(),
        capture_output=True,
        check=True,
    ).stdout
    bundle = bot.bench.folder / "b"
    bundle.write_bytes(f"# v2 git bundle\n-{bot.baseline} x\n{sha} {REF}\n\n".encode() + pack)
    bot.refuses(bundle, "damaged")


def test_a_bundle_over_the_limit_is_not_opened(bot: Bot) -> None:
    bundle = bot.bench.folder / "huge"
    with bundle.open("wb") as file:
        file.truncate(LIMITS.bundle + 1)
    bot.refuses(bundle, r"it is 105 MB.*cache: false")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a running process be limited")
def test_a_small_bundle_cannot_unpack_to_more_than_the_memory_limit(bot: Bot) -> None:
    three_gigabytes_of_commit = b"\x90\x80\x80\x80\x60"  # type and size, as a pack writes them
    pack = b"PACK" + struct.pack(">II", 2, 1) + three_gigabytes_of_commit + zlib.compress(b"tree ")
    bundle = bot.bench.folder / "b"
    bundle.write_bytes(f"# v2 git bundle\n-{bot.baseline} x\n{'a' * 40} {REF}\n\n".encode() + pack)
    bot.refuses(bundle, "Out of memory")


def test_an_endless_message_is_refused(bot: Bot) -> None:
    sha = bot.bench.commit({}, bot.baseline, message="x" * 200_000)
    bot.refuses(bot.bench.bundle((sha, REF), without=bot.baseline), "commit message is 200,")
