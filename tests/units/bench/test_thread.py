"""What the bench sees in a pull request."""

from bench.thread import reactions, says

SEEN = {"reactions": {"7": [{"content": "eyes"}]}, "comments": [{"id": 7, "body": "/help"}]}


def test_a_comment_that_came_after_the_look_has_no_reactions_yet() -> None:
    assert reactions(SEEN, 7) == {"eyes"}
    assert reactions(SEEN, 8) == set()


def test_words_are_looked_for_in_all_comments() -> None:
    assert says(SEEN, "/he")
    assert not says(SEEN, "/run")
