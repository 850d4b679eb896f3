"""What a typed revision may mean."""

import pytest

from experiments.revisions import RevisionKind, meant, names, prefix, refused, several, tips

ONE, TWO, THREE, FOUR = ("1" * 40, "2" * 40, "3" * 40, "4" * 40)
REFS = {
    f"refs/exps/{ONE[:2]}/{ONE[2:]}/puffy-daks": TWO,
    f"refs/studio/exps/{ONE[:2]}/{ONE[2:]}/plain": THREE,
    f"refs/exps/{TWO[:2]}/{TWO[2:]}/twice": THREE,
    f"refs/exps/{ONE[:2]}/{ONE[2:]}/twice": FOUR,
    "refs/heads/main": ONE,
    "refs/heads/feature/wide": TWO,
    "refs/heads/v1.0": ONE,
    "refs/tags/v1.0": ONE,
    "refs/tags/main": TWO,
    "refs/pull/1/head": FOUR,
    "refs/secret/main": FOUR,
}


@pytest.mark.parametrize(
    ("word", "kind", "sha"),
    [
        ("puffy-daks", RevisionKind.EXPERIMENT, TWO),
        ("1111111/puffy-daks", RevisionKind.EXPERIMENT, TWO),
        ("plain", RevisionKind.EXPERIMENT, THREE),
        ("2222/twice", RevisionKind.EXPERIMENT, THREE),
        ("feature/wide", RevisionKind.BRANCH, TWO),
        ("refs/tags/main", RevisionKind.TAG, TWO),
        ("refs/heads/main", RevisionKind.BRANCH, ONE),
        ("v1.0", RevisionKind.BRANCH, ONE),  # the tag is of the same commit
    ],
)
def test_a_name_means_an_experiment_a_branch_or_a_tag(word: str, kind: RevisionKind, sha: str) -> None:
    (found,) = meant(word, REFS)
    assert (found.kind, found.sha) == (kind, sha)


@pytest.mark.parametrize("word", ["nobody", "refs/pull/1/head", "refs/secret/main", "pull/1/head", "Main", "HEAD"])
def test_other_names_and_refs_match_nothing(word: str) -> None:
    assert meant(word, REFS) == ()


def test_an_ambiguous_name_is_answered_with_unambiguous_ones() -> None:
    found = meant("twice", REFS)
    assert several(found) == (
        "means several: `1111111/twice` (experiment), `2222222/twice` (experiment). Write one of these instead"
    )
    assert [each.exact for each in meant("main", REFS)] == ["refs/heads/main", "refs/tags/main"]
    for each in (*found, *meant("main", REFS)):
        assert meant(each.exact, REFS) == (each,)


@pytest.mark.parametrize(
    "word",
    [
        *("", "-x", "--upload-pack=x", "a..b", "a...b", "main@{1}", "HEAD~1", "HEAD^", "a b", "a:b", "a*", "a?", "[a"),
        *("a\\b", "/a", "a/", "a//b", ".a", "a.", "a.lock", "a\nb", "a\x7fb", "a\u202eb", "x" * 251),
    ],
)
def test_hostile_words_are_refused(word: str) -> None:
    assert refused(word)
    assert refused(word).endswith(".")


@pytest.mark.parametrize("word", ["main", "feature/wide", "v1.0", "größe", "a@b", "refs/heads/x", "1a2b", "HEAD", "#5"])
def test_names_that_git_allows_are_accepted(word: str) -> None:
    assert refused(word) == ""


def test_a_hash_may_be_shortened_and_in_either_case() -> None:
    assert [prefix(word) for word in ("1A2B", ONE, "1a2", "1" * 41, "xyz1")] == ["1a2b", ONE, "", "", ""]


def test_heads_of_pull_requests_are_no_branches() -> None:
    assert FOUR in tips(REFS), "as an experiment it is"
    without = {ref: sha for ref, sha in REFS.items() if sha != FOUR or not ref.startswith("refs/exps")}
    assert FOUR not in tips(without)
    assert set(names(without)) == {"twice", "puffy-daks", "plain", "main", "feature/wide", "v1.0"}
