"""Each layout from overview to clone: the bot, the layout and plain DVC give the same values."""

from pathlib import Path

import pytest

from tests.projects.journey import HEAD, MAIN, NAME, RUN, Journey, served
from tests.projects.layouts import LAYOUTS
from tests.world.world import World

# One environment for all of them: with --dist loadgroup they share a test process.
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("projects")]


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_bot_and_dvc_give_the_same_values_of_a_project(
    world: World, tmp_path: Path, storage: Path, name: str
) -> None:
    layout = LAYOUTS[name]
    with served(tmp_path / "web", layout.served) as web:
        journey = Journey(world, layout, tmp_path, storage, web)
        pull = journey.publish()
        world.train()  # what only the remote has is fetched
        journey.compares(pull.overview, MAIN, HEAD)
        pull.comment("/params")
        journey.lists_params(pull.reply, HEAD)
        for words in layout.foretold:
            pull.comment(f"/run --script {layout.typed}")
            assert words in pull.reply

        pull.comment(f"/run {layout.typed} -n {NAME}")
        acknowledged = "\n".join(pull.new())
        assert bool(acknowledged) == bool(layout.beforehand), acknowledged
        for sentence in layout.beforehand:
            assert sentence in acknowledged
        world.train()
        report = pull.report
        assert "▲ Better" in report, report
        journey.compares(report, HEAD, RUN)
        assert layout.made in report.splitlines()
        assert layout.recipe in report.splitlines()
        assert ("its data in the DVC remote `storage`" in report) == layout.cached
        assert pull.git("rev-parse", f"{pull.head}^") == journey.head, "it landed"
        journey.compares(pull.overview, MAIN, RUN)

        pull.comment("/params")
        journey.lists_params(pull.reply, HEAD if layout.composed else RUN)
        pull.comment("/diff")
        journey.compares(pull.reply, MAIN, RUN)
        pull.comment("/show")
        journey.shows(pull.reply)
        pull.comment("/plots")
        assert journey.pictures(pull.reply) == layout.plots
        journey.read_in_a_clone()
