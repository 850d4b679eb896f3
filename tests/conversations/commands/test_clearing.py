"""`closed: remove`: what becomes of experiments when their pull request is over."""

from sandbox import installations
from tests.conversations.commands.test_meanwhile import close, meanwhile, merge
from tests.conversations.results.test_landing import exp_push, trained
from tests.world.project import PARAMS, STUDIO
from tests.world.world import PullRequest, World

CONFIG = ".github/studio.yml"
BACK = "brings one back"


def asked(world: World, setting: str = "closed: remove\n") -> PullRequest:
    """Return a pull request into a branch with this setting, in which two experiments were run."""
    pull = world.pull_request(contents={CONFIG: STUDIO + setting})
    for name, lr in (("first", "0.01"), ("second", "0.02")):
        pull.comment(f"/run -S train.lr={lr} -n {name} --temp")
        world.runner.finishes(accuracy=0.95, loss=0.05)
        assert pull.report
    exp_push(pull, "by-hand", trained(PARAMS.replace("lr: 0.1 ", "lr: 0.05 ")))
    return pull


def test_experiments_of_a_closed_pull_request_are_kept(world: World) -> None:
    pull = asked(world, "")
    close(world, pull, ago=61)
    assert set(pull.experiments) == {"first", "second", "by-hand"}
    assert BACK not in pull.overview


def test_they_are_removed_where_the_configuration_asks_for_it(world: World) -> None:
    pull = asked(world)
    second = pull.experiments["second"]
    close(world, pull, ago=61)
    assert set(pull.experiments) == {"by-hand"}, "what people pushed is theirs"
    overview = pull.overview
    assert "`closed: remove` in `.github/studio.yml` asks" in overview
    assert f"`git push origin {second}:refs/exps/" in overview and BACK in overview
    assert overview.count("| removed, [report]") == 2
    assert "▲ accuracy 0.95" in overview, "its numbers are told as before"


def test_a_pull_request_that_is_opened_again_within_a_minute_loses_nothing(world: World) -> None:
    pull = asked(world)
    close(world, pull, ago=5)
    assert set(pull.experiments) == {"first", "second", "by-hand"}


def test_what_trains_when_it_is_merged_is_removed_at_its_end(world: World) -> None:
    pull = asked(world)
    pull.comment("/run -S train.lr=0.03 -n slow")

    def happens() -> None:
        with world.ago(61):
            merge(world, pull)

    world.runner.does(meanwhile(happens))
    assert "better" in pull.report
    assert set(pull.experiments) == {"by-hand"}


def test_why_git_hub_would_not_is_told(world: World) -> None:
    pull = asked(world)
    (found,) = world.sandbox.state.installations.values()
    installations.grant(world.sandbox.state, found.id, dict(found.permissions) | {"contents": "read"})
    close(world, pull, ago=61)
    assert set(pull.experiments) == {"first", "second", "by-hand"}
    assert "GitHub would not: " in pull.overview and "contents: write" in pull.overview
    assert BACK not in pull.overview
