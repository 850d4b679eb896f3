"""The Git port finds commits by the first characters of their SHA: only those that a ref of the repository reaches."""

import pytest

from bot.errors import NotFound
from services.git.repository import Mirrors
from tests.contracts.git.workbench import Workbench, text


def test_a_commit_is_found_by_its_first_characters(bench: Workbench, mirrors: Mirrors) -> None:
    first = bench.commit({"a": text("1")})
    second = bench.publish(bench.commit({"a": text("2")}, first))
    mirrors.fetch(bench.repository, [second])
    for begins in (first, first[:7], first[:4]):
        assert mirrors.commits(bench.repository, begins, [second]) == [first]
    assert mirrors.commits(bench.repository, "0" * 40, [second]) == []
    assert mirrors.commits(bench.repository, second, [first]) == []


def test_trees_and_files_are_not_found_as_commits(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(bench.commit({"a": text("1")}))
    mirrors.fetch(bench.repository, [sha])
    for thing in (f"{sha}^{{tree}}", f"{sha}:a"):
        assert mirrors.commits(bench.repository, bench.git("rev-parse", thing), [sha]) == []


def test_several_commits_may_begin_with_the_same_characters(bench: Workbench, mirrors: Mirrors) -> None:
    made: dict[str, str] = {}
    parent = bench.commit({"a": text()})
    for number in range(2000):  # a birthday paradox: four characters of a few hundred commits
        sha = bench.commit({}, parent, message=str(number))
        if sha[:4] in made:
            break
        made[sha[:4]] = sha
    tips = [bench.publish(each, f"refs/heads/{each}") for each in (sha, made[sha[:4]])]
    mirrors.fetch(bench.repository, tips)
    assert set(mirrors.commits(bench.repository, sha[:4], tips)) == set(tips)
    assert mirrors.commits(bench.repository, sha[:4], tips[:1]) == tips[:1]


def test_an_annotated_tag_is_its_commit_and_a_tag_of_a_file_is_none(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(bench.commit({"a": text()}))
    bench.git("tag", "-a", "-m", "First", "v1", sha)
    bench.git("tag", "-a", "-m", "No commit", "odd", f"{sha}:a")
    bench.git("push", "--quiet", "../remote.git", "refs/tags/v1", "refs/tags/odd")
    refs = mirrors.remote_refs(bench.repository, "refs/*")
    tips = [refs[ref] for ref in ("refs/heads/main", "refs/tags/v1", "refs/tags/odd")]
    mirrors.fetch(bench.repository, tips)
    assert mirrors.commits(bench.repository, tips[1], tips[1:2]) == [sha]
    assert mirrors.commits(bench.repository, tips[2], tips[2:]) == []
    assert mirrors.commits(bench.repository, sha[:7], tips) == [sha]


@pytest.mark.parametrize("begins", ["", "1", "abc", "HEAD", "--all", "1A2B", "g" * 40, "1" * 41])
def test_only_the_beginning_of_a_sha_is_passed_to_git(bench: Workbench, mirrors: Mirrors, begins: str) -> None:
    with pytest.raises(ValueError, match="beginning of a SHA"):
        mirrors.commits(bench.repository, begins, [])


def test_the_history_between_two_commits_and_what_they_say(bench: Workbench, mirrors: Mirrors) -> None:
    base = bench.commit({"a": text("0")}, message="Begin")
    one = bench.commit({"a": text("1")}, base, message="Größe\n\nwith a body")
    two = bench.commit({"a": text("2")}, base, message="-")
    both = bench.publish(bench.commit({}, one, two, message="Merge [skip studio]\n"))
    mirrors.fetch(bench.repository, [both])
    assert set(mirrors.history(bench.repository, base, both, 10)) == {both, one, two}
    assert mirrors.history(bench.repository, base, both, 1) == [both]
    assert mirrors.history(bench.repository, "", one, 10) == [one, base]
    assert mirrors.history(bench.repository, one, one, 10) == []
    said = mirrors.described(bench.repository, [base, both, one, base])
    assert said[base].parent == ""
    assert said[both].parent == one
    assert said[both].message == "Merge [skip studio]"
    assert said[one].message == "Größe\n\nwith a body"
    assert said[one].when == 1_700_000_000
    assert mirrors.described(bench.repository, []) == {}
    with pytest.raises(NotFound):
        mirrors.described(bench.repository, [base, "0" * 40])
    with pytest.raises(NotFound):
        mirrors.history(bench.repository, base, "0" * 40, 1)


def test_two_names_of_one_commit_are_fetched_together(bench: Workbench, mirrors: Mirrors) -> None:
    sha = bench.publish(bench.publish(bench.commit({"a": text()})), "refs/heads/other")
    mirrors.fetch(bench.repository, ["refs/heads/main", "refs/heads/other"])
    assert mirrors.commits(bench.repository, sha, [sha]) == [sha]
