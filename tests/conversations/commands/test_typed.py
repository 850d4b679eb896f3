"""Commands as people type them: over several lines, with what their keyboards put in, and nearly right."""

import pytest

from tests.world.world import PullRequest, World


@pytest.mark.parametrize(
    "body",
    [
        "/run\n-S train.lr=0.2\n-S train.epochs=20 -n wide",
        "/run -S train.lr=0.2 \\\n    -S train.epochs=20 \\\n    -n wide",
        "\u00a0/run -S train.lr=0.2\n\u200b-S train.epochs=20 \u2014name wide",
        "\ufeff/run\n  -S train.lr=0.2\n  -S train.epochs=20\n  -n wide\n\nThanks!",
    ],
)
def test_a_command_over_several_lines_is_one(pull: PullRequest, body: str) -> None:
    pull.comment(body)
    (run,) = pull.runs
    assert run.experiment.name == "wide"
    assert [(each.key, each.value) for each in run.experiment.change.overrides] == [
        ("train.lr", 0.2),
        ("train.epochs", 20),
    ]


def test_options_that_cannot_be_told_to_belong_to_a_command_start_nothing(pull: PullRequest) -> None:
    comment = pull.comment("/run -n wide\n\n- -S train.lr=0.2\n- -S train.epochs=20")
    reply = pull.reply
    assert "`-S train.lr=0.2 -S train.epochs=20` stands apart from the command" in reply
    assert "```\n/run -n wide -S train.lr=0.2 -S train.epochs=20\n```" in reply
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert not pull.runs


def test_thousands_of_commands_in_one_comment_get_one_answer(pull: PullRequest) -> None:
    pull.comment("/run\n" * 1_900)
    assert "holds more than 10 commands" in pull.reply
    pull.comment("/run\n" * 9_000)
    assert "more than 2,000 lines" in pull.reply
    assert not pull.runs


def test_who_meant_a_command_is_told_how_to_type_it_once(world: World, pull: PullRequest) -> None:
    comment = pull.comment("please /run -S train.lr=0.2")
    reply = pull.reply
    assert "a command stands at the beginning of a line" in reply
    assert "```\n/run -S train.lr=0.2\n```" in reply
    assert pull.reactions(comment) == []
    assert not pull.runs
    for body in ("/ run", "@ml-studio run", "please /status"):
        pull.comment(body)
        assert pull.new() == [], "said once to each person in a pull request"
    pull.comment("@ml-studio what can you do?", by=World.outsider)
    assert "`/help` lists them" in pull.reply
    pull.comment("@ml-studio run", by=World.outsider)
    assert pull.new() == []


@pytest.mark.parametrize(
    "body",
    ["> please /run", "`/ run`", "```\n/ run\n```", "please /deploy", "I typed /run and waited", "@ada run it, please"],
)
def test_who_speaks_of_commands_or_to_others_gets_no_answer(pull: PullRequest, body: str) -> None:
    pull.comment(body)
    assert pull.new() == []


def test_another_bot_gets_no_answer(world: World, pull: PullRequest) -> None:
    world.sandbox.add_user("helper[bot]", "Bot")
    pull.comment("please /run", by="helper[bot]")
    assert pull.new() == []


@pytest.mark.parametrize(("option", "fixed"), [("--runner bix", "--runner box"), ("--runner=bix", "--runner=box")])
def test_a_mistyped_runner_is_marked_and_the_line_to_copy_is_there(
    world: World, pull: PullRequest, option: str, fixed: str
) -> None:
    world.declare("runners:\n  here: {type: local}\n  box: {type: rq}\n")
    comment = pull.comment(f"/run -S train.lr=0.01 {option}")
    reply = pull.reply
    assert f"/run -S train.lr=0.01 {option}\n{' ' * 31}^^^" in reply
    assert "There is no runner `bix` for you: did you mean `box`?" in reply
    assert f"/run -S train.lr=0.01 {fixed}\n" in reply
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert not pull.runs
    pull.comment("/run -S train.lr=0.01 --runner elsewhere-entirely")
    assert "there are `here`, `box`." in pull.reply
