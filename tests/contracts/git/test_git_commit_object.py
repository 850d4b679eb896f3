"""What a commit says is read by one process, and is what git prints of it."""

from services.git.commit_object import COMMIT_LIMIT, CommitObject, commit_object
from tests.contracts.git.workbench import Workbench, text

ABSENT = "a" * 40


def test_a_commit_is_read_as_git_prints_it(bench: Workbench) -> None:
    root = bench.commit({"a": text()}, message="Begin\n\nä and more\n\n")
    merge = bench.commit({}, root, bench.commit({"b": text()}, root))
    raw = bench.git("cat-file", "commit", root)
    odd = raw.replace("\ncommitter", f"\nparent {merge}\ncommitter", 1)
    odd = bench.git("hash-object", "-t", "commit", "--literally", "-w", "--stdin", feed=odd.encode())
    folder = bench.folder / "work" / ".git"
    for sha in (root, merge, odd):
        tree, *parents = bench.git("log", "-1", "--format=%T %P", sha).split()
        found = commit_object(folder, sha)
        assert (found.kind, found.tree, list(found.parents)) == ("commit", tree, parents)
        assert found.size == int(bench.git("cat-file", "-s", sha))
        assert found.message == bench.git("log", "-1", "--format=%B", sha).strip()


def test_of_what_is_too_large_or_no_commit_only_the_kind_and_size_are_read(bench: Workbench) -> None:
    root = bench.commit({"a": text()})
    folder = bench.folder / "work" / ".git"
    large = bench.commit({}, root, message="x" * (COMMIT_LIMIT + 1000))
    assert commit_object(folder, large) == CommitObject(
        "commit", int(bench.git("cat-file", "-s", large)), parents=(root,)
    )
    for content in (b"x", b"x" * (COMMIT_LIMIT + 1000)):
        blob = bench.git("hash-object", "-w", "--stdin", feed=content)
        assert commit_object(folder, blob) == CommitObject("blob", len(content))
    assert commit_object(folder, ABSENT) == CommitObject("missing", 0)
