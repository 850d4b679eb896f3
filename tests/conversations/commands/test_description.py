"""Text under `/run` is shown with the result, wherever that goes."""

from tests.world.runner import training
from tests.world.world import PullRequest, World

GOOD = {"accuracy": 0.95, "loss": 0.05}
WHY = "Smaller steps, since the loss jumps.\n\nSee the plot of @grace."


def test_it_is_in_the_commit_and_in_the_report(world: World, pull: PullRequest) -> None:
    pull.comment(
        "/run -S train.lr=0.01 -n careful\n> Smaller steps, since the loss jumps.\n>\n> See the plot of @grace."
    )
    world.runner.finishes(**GOOD)
    report = pull.report
    assert "\n\n> Smaller steps, since the loss jumps.\n>\n> See the plot of @&#8288;grace.\n\n" in report
    assert pull.git("log", "-1", "--format=%B", pull.head) == f"Set train.lr=0.01\n\n{WHY}"


def test_it_goes_with_a_message_and_into_the_description_of_a_pull_request(world: World, pull: PullRequest) -> None:
    pull.comment('/run -S train.lr=0.01 -n careful -m "Go slowly" --temp\n  Smaller steps, since the loss jumps.')
    world.runner.finishes(**GOOD)
    assert "> Smaller steps" in pull.report
    assert pull.git("log", "-1", "--format=%B", pull.experiments["careful"]).startswith("Go slowly\n\nSmaller steps")
    pull.comment("/branch careful")
    assert "careful-branch" in pull.reply
    opened = world.sandbox.state.pull(world.repository, 2)
    assert opened.title == "Go slowly"
    assert "> Smaller steps, since the loss jumps." in opened.body


def test_parameters_that_go_first_have_the_first_line_and_results_the_rest(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --commit first\n> Smaller steps.")
    assert pull.message == "Set train.lr=0.01 [skip studio]"
    world.runner.finishes(**GOOD)
    assert "> Smaller steps." in pull.report
    assert pull.git("log", "-1", "--format=%B", pull.head) == "Results of: Set train.lr=0.01\n\nSmaller steps."


def test_each_member_of_a_sweep_has_the_description(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01,0.02 -n wide\n> Smaller steps.")
    world.runner.trains_all(training(GOOD))
    pull.new()
    words = [pull.git("log", "-1", "--format=%b", sha) for sha in pull.experiments.values()]
    assert words == ["Smaller steps."] * 2
