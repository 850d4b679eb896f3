"""A repository without DVC from comment to report, trained by the real agent in an environment of its own."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.serving import make_server

import wiring
from app import create_app
from runners.agent.isolation import bubblewrap
from runners.local import LocalRunner
from tests.world.plain import FILES, STUDIO
from tests.world.world import World


@pytest.fixture
def trained(world: World, tmp_path: Path) -> Iterator[World]:
    """A world whose runner is this machine."""
    server = make_server("127.0.0.1", 0, create_app(world.wired), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    isolated = bubblewrap.available()
    trusted = frozenset(() if isolated else ("grace/digits",))
    runner = LocalRunner(tmp_path / "agent", f"http://127.0.0.1:{server.server_port}", (), trusted, isolated)
    wiring.use(replace(world.wired, runner=runner, ports=replace(world.wired.ports, runner=runner)))
    yield world
    server.shutdown()
    server.server_close()


def test_a_comment_trains_it_and_the_better_line_lands(trained: World) -> None:
    pull = trained.pull_request(project={**FILES, ".github/studio.yml": STUDIO})
    pull.comment("/run -n first")
    trained.train()
    assert "No baseline" in pull.report
    assert pull.git("diff", "--name-only", pull.head_before, pull.head).split() == [
        "eval.toml",
        "eval.yaml",
        "history.tsv",
        "metrics.json",
        "plots/loss.csv",
    ]
    first = pull.head
    pull.comment("/run -S lr=0.5 -S train.steps=50 -S OFFSET=1.5 -S points=12 -n second")
    trained.train()
    report = pull.report
    assert "Better" in report
    assert "| `loss`" in report
    assert "/plots/" in report
    assert "dvc" not in report.lower()
    assert pull.git("rev-parse", f"{pull.head}^") == first
    assert len(pull.git("show", f"{pull.head}:plots/loss.csv").splitlines()) == 51
    pull.comment("/logs")
    assert "Requirement already satisfied: pyyaml" in pull.reply
    assert "`loss`" in pull.overview
