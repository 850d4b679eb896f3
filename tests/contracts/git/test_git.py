"""The Git port on real repositories: reading, checkouts, pushes."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import NotFound, Rejected, TryLater, UserError
from services.git.repository import Mirrors
from tests.contracts.git.workbench import Workbench, text


def test_a_file_of_a_fetched_commit_is_read(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(
        bench.commit({"params.yaml": text("lr: 1\n"), "sub/ünïcode name": text(), "[a]*": text("star")})
    )
    mirrors.fetch(bench.repository, [sha])
    assert mirrors.read(bench.repository, sha, "params.yaml") == b"lr: 1\n"
    assert mirrors.read(bench.repository, sha, "sub/ünïcode name") == b"x\n"
    assert mirrors.read(bench.repository, sha, "[a]*") == b"star"


def test_a_path_that_is_no_file_reads_as_none(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.commit({"a/b": text(), "link": ("120000", b"a/b")})
    sha = bench.publish(bench.commit({"module": ("160000", sha.encode())}, sha))
    mirrors.fetch(bench.repository, [sha])
    for path in (
        "a",
        "a/",
        "link",
        "module",
        "none",
        "",
        "/a/b",
        "a/../a/b",
        "../x",
        "a//b",
        ".",
        "a/b\0",
        "*",
        ":(top)a/b",
    ):
        assert mirrors.read(bench.repository, sha, path) is None, path


def test_a_file_over_the_limit_is_named_with_its_size(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(bench.commit({"big.yaml": text("x" * 1001)}))
    mirrors.fetch(bench.repository, [sha])
    with pytest.raises(UserError, match=r"1,001 bytes long(?s:.*)`big\.yaml`"):
        mirrors.read(bench.repository, sha, "big.yaml", limit=1000)


def test_a_commit_that_was_not_fetched_is_not_found(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(NotFound):
        mirrors.read(bench.repository, "a" * 40, "params.yaml")
    with pytest.raises(NotFound):
        mirrors.checkout(bench.repository, "a" * 40, tmp_path / "out")
    with pytest.raises(NotFound):
        mirrors.push(bench.repository, "a" * 40, "refs/heads/main")


@pytest.mark.parametrize("name", ["refs/heads/none", "b" * 40])
def test_a_ref_that_the_remote_lacks_is_not_found(bench: Workbench, mirrors: Mirrors, name: str) -> None:
    bench.publish(bench.commit({"a": text()}))
    with pytest.raises(NotFound):
        mirrors.fetch(bench.repository, [name])


def test_a_missing_remote_is_not_found_and_an_unreachable_one_is_tried_later(
    bench: Workbench, mirrors: Mirrors
) -> None:
    with pytest.raises(NotFound):
        mirrors.fetch(replace(bench.repository, url=f"file://{bench.folder}/none"), ["refs/heads/main"])
    with pytest.raises(TryLater):
        mirrors.fetch(replace(bench.repository, url="http://127.0.0.1:1/ada/models"), ["refs/heads/main"])


@pytest.mark.parametrize(
    "name",
    [
        *(
            "main",
            "--upload-pack=touch x",
            "refs/heads/*",
            "refs/heads/a:refs/heads/b",
            "+refs/heads/a",
            "refs/heads/a..b",
        ),
        *("refs/heads/a b", "refs/heads/.a", "refs/heads/a.lock", "refs/heads/a\n", "refs/heads/", "refs//a", "A" * 40),
    ],
)
def test_only_full_names_and_shas_are_passed_to_git(bench: Workbench, mirrors: Mirrors, name: str) -> None:
    with pytest.raises(ValueError, match="full name"):
        mirrors.fetch(bench.repository, [name])
    sha = bench.publish(bench.commit({"a": text()}))
    mirrors.fetch(bench.repository, [sha])
    with pytest.raises(ValueError, match="full name"):
        mirrors.push(bench.repository, sha, name)


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c date", "git://github.test/a/b", "https://user:pass@github.test/a/b", "-u", "/etc", "ssh://x/a/b"],
)
def test_only_addresses_of_the_git_host_are_fetched(bench: Workbench, mirrors: Mirrors, url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a repository"):
        mirrors.fetch(replace(bench.repository, url=url), ["refs/heads/main"])


def test_hostile_but_valid_branch_names_are_handled(bench: Workbench, mirrors: Mirrors) -> None:
    for branch in ("refs/heads/$(touch x)", "refs/heads/--force", "refs/heads/a;b&c|d'\"`", "refs/heads/ünï"):
        ref = branch.replace(" ", "_")
        sha = bench.publish(bench.commit({"a": text(ref)}), ref)
        mirrors.fetch(bench.repository, [ref])
        assert mirrors.read(bench.repository, sha, "a") == ref.encode()


def test_a_commit_stays_in_the_mirror_after_its_branch_moved(bench: Workbench, mirrors: Mirrors) -> None:
    old = bench.publish(bench.commit({"a": text("old")}))
    mirrors.fetch(bench.repository, ["refs/heads/main"])
    new = bench.publish(bench.commit({"a": text("new")}))
    mirrors.fetch(bench.repository, ["refs/heads/main"])
    assert mirrors.read(bench.repository, old, "a") == b"old"
    assert mirrors.read(bench.repository, new, "a") == b"new"
    (bench.folder / "remote.git").rename(bench.folder / "gone.git")
    mirrors.fetch(bench.repository, [old, new])  # both are here: the remote is not asked


def test_several_may_fetch_at_once(bench: Workbench, mirrors: Mirrors) -> None:
    shas = [bench.publish(bench.commit({"a": text(str(n))}), f"refs/heads/b{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: mirrors.fetch(bench.repository, [f"refs/heads/b{n}", shas[0]]), range(4)))
    assert [mirrors.read(bench.repository, sha, "a") for sha in shas] == [b"0", b"1", b"2", b"3"]


def test_remote_refs_match_from_the_beginning(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(bench.commit({"a": text()}))
    for ref in ("refs/exps/ab/cdef/puffy-daks", "refs/heads/refs/exps/forged", "refs/tags/v1"):
        bench.publish(sha, ref)
    assert mirrors.remote_refs(bench.repository, "refs/exps/*") == {"refs/exps/ab/cdef/puffy-daks": sha}
    assert mirrors.remote_refs(bench.repository, "refs/heads/main") == {"refs/heads/main": sha}
    assert mirrors.remote_refs(bench.repository, "refs/none/*") == {}


def test_a_checkout_is_plain_files_as_they_are_in_git(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    sha = bench.commit(
        {
            ".gitattributes": text("* text eol=crlf\n*.bin filter=lfs diff=lfs\nid ident\n"),
            "a/lines": text("one\ntwo\n"),
            "w.bin": text("version https://git-lfs.github.com/spec/v1\n"),
            "id": text("$Id$\n"),
            "link": ("120000", b"/etc/passwd"),
            "up": ("120000", b"../../outside"),
            "run.sh": ("100755", b"#!/bin/sh\n"),
        }
    )
    sha = bench.publish(bench.commit({"module": ("160000", sha.encode())}, sha))
    mirrors.fetch(bench.repository, [sha])
    out = tmp_path / "out"
    out.mkdir()
    mirrors.checkout(bench.repository, sha, out)
    assert (out / "a" / "lines").read_bytes() == b"one\ntwo\n"
    assert (out / "w.bin").read_bytes() == b"version https://git-lfs.github.com/spec/v1\n"
    assert (out / "id").read_bytes() == b"$Id$\n"
    assert (out / "link").read_bytes() == b"/etc/passwd"
    assert not any(path.is_symlink() for path in out.rglob("*"))
    assert os.access(out / "run.sh", os.X_OK)
    names = {".gitattributes", "a", "a/lines", "w.bin", "id", "link", "up", "run.sh"}
    assert {str(path.relative_to(out)) for path in out.rglob("*")} - {"module"} == names


def test_an_empty_tree_is_checked_out_as_nothing(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    sha = bench.publish(bench.commit({}))
    mirrors.fetch(bench.repository, [sha])
    (tmp_path / "out").mkdir()
    mirrors.checkout(bench.repository, sha, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("path", [".git/config", ".GIT/config", "a/.g\u200cit/config", "../outside", "git~1/config"])
def test_names_that_attack_git_are_not_checked_out(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, path: str
) -> None:
    sha = bench.publish(bench.commit({path: text("[core]\n"), "good": text()}))
    mirrors.fetch(bench.repository, [sha])
    out = tmp_path / "deep" / "out"
    out.mkdir(parents=True)
    mirrors.checkout(bench.repository, sha, out)
    assert list(out.parent.rglob("*")) == [out, out / "good"]


def test_a_large_file_is_left_out_of_a_checkout(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    sha = bench.publish(bench.commit({"model.bin": ("100644", b"\0" * 50_000_001), "params.yaml": text()}))
    mirrors.fetch(bench.repository, [sha])
    (tmp_path / "out").mkdir()
    mirrors.checkout(bench.repository, sha, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["params.yaml"]


def test_a_new_ref_is_pushed_and_the_same_push_again_is_accepted(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(bench.commit({"a": text()}))
    mirrors.fetch(bench.repository, [sha])
    for _ in range(2):
        mirrors.push(bench.repository, sha, "refs/exps/ab/cdef/puffy-daks")
    assert bench.remote_ref("refs/exps/ab/cdef/puffy-daks") == sha


def test_a_ref_that_exists_elsewhere_is_not_replaced(bench: Workbench, mirrors: Mirrors) -> None:
    old = bench.publish(bench.commit({"a": text()}))
    new = bench.publish(bench.commit({"a": text("2")}, old), "refs/heads/other")
    mirrors.fetch(bench.repository, [new])
    with pytest.raises(Rejected, match="refs/heads/main exists already, at another commit"):
        mirrors.push(bench.repository, new, "refs/heads/main")
    assert bench.remote_ref("refs/heads/main") == old


def test_a_branch_is_moved_forward_from_the_expected_head(bench: Workbench, mirrors: Mirrors) -> None:
    old = bench.publish(bench.commit({"a": text()}))
    new = bench.publish(bench.commit({"a": text("2")}, old), "refs/heads/other")
    mirrors.fetch(bench.repository, [new])
    for _ in range(2):
        mirrors.push(bench.repository, new, "refs/heads/main", expected=old)
    assert bench.remote_ref("refs/heads/main") == new


def test_a_branch_that_moved_in_the_meantime_is_left_alone(bench: Workbench, mirrors: Mirrors) -> None:
    old = bench.publish(bench.commit({"a": text()}))
    new = bench.publish(bench.commit({"a": text("2")}, old), "refs/heads/other")
    mirrors.fetch(bench.repository, [new])
    theirs = bench.publish(bench.commit({"b": text()}, old))
    with pytest.raises(Rejected, match=f"refs/heads/main is not at {old[:7]} any more"):
        mirrors.push(bench.repository, new, "refs/heads/main", expected=old)
    bench.git("update-ref", "-d", "refs/heads/main", at="remote.git")
    with pytest.raises(Rejected, match="any more"):
        mirrors.push(bench.repository, new, "refs/heads/main", expected=old)
    assert theirs != new


def test_a_branch_is_never_moved_back_or_sideways(bench: Workbench, mirrors: Mirrors) -> None:
    old = bench.commit({"a": text()})
    head = bench.publish(bench.commit({"a": text("2")}, old))
    aside = bench.publish(bench.commit({"a": text("3")}, old), "refs/heads/aside")
    mirrors.fetch(bench.repository, [head, aside])
    for sha in (old, aside):
        with pytest.raises(Rejected, match="cannot be fast-forwarded"):
            mirrors.push(bench.repository, sha, "refs/heads/main", expected=head)
    assert bench.remote_ref("refs/heads/main") == head


def test_the_remotes_own_reason_is_reported_on_one_line(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(bench.commit({"a": text()}))
    mirrors.fetch(bench.repository, [sha])
    hook = bench.folder / "remote.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'error: GH006: Protected branch update failed.' >&2\necho second >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Rejected) as refused:
        mirrors.push(bench.repository, sha, "refs/heads/release")
    assert str(refused.value) == "pre-receive hook declined · GH006: Protected branch update failed. · second"


def test_no_hook_of_a_mirror_is_ever_run(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    sha = bench.publish(bench.commit({"a": text()}))
    mirrors.fetch(bench.repository, [sha])
    hooks = tmp_path / "mirrors" / "42.git" / "hooks"
    assert not hooks.exists()
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\nexit 1\n")
        (hooks / name).chmod(0o755)
    mirrors.push(bench.repository, sha, "refs/heads/other")
    mirrors.fetch(bench.repository, ["refs/heads/other"])
    assert not (tmp_path / "was-run").exists()
