"""What a job did before it was killed, the next one finds."""

import pytest

import jobs
from bot.effects.landing import land
from tests.units.sample_run import changed
from tests.world.world import PullRequest, World


@pytest.mark.parametrize("signed", [False, True], ids=["by git", "signed by GitHub"])
def test_a_job_that_was_killed_after_landing_finds_that_it_landed(
    world: World, pull: PullRequest, signed: bool
) -> None:
    if signed:
        world.bare.require_signatures("tune")
    pull.comment("/run -S train.lr=0.01 -n proper")
    (run,) = world.wired.ports.store.active()
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    landed, made = pull.head, pull.experiments["proper"]
    again = (world.wired.ports, run.experiment.repository, "tune", made, pull.head_before, "Set train.lr=0.01")
    assert land(*again) == landed
    if not signed:
        with world.ago(60):
            pull.push({"README.md": "# And on\n"})
        assert land(*again) == landed
        world.work()
    assert pull.git("rev-parse", f"{landed}^") == pull.head_before


def test_a_check_run_whose_id_was_not_noted_is_found(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    (run,) = world.wired.ports.store.active()
    world.wired.ports.store.update(run.id, lambda seen: changed(seen, checks={}))
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    assert pull.check_run.conclusion == "success"


def test_what_was_told_and_not_closed_is_closed(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    (run,) = world.wired.ports.store.active()
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    world.wired.ports.store.lock_landing(run.experiment.repository, "tune", run.id)
    jobs.finish(run.id)
    world.work()
    assert world.wired.redis.keys("landing:*") == []
    assert pull.new() == []
