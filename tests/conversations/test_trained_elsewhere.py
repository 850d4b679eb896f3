"""From comment to report on machines that are launched, or that take from a queue of their own, by the real agent."""

import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.serving import make_server

from bot.engines import Engine
from experiments.fleet.runners import Slurm
from experiments.place import Kind
from runners.agent.surroundings import PASSED_ON
from runners.slurm import SlurmEngine
from tests.contracts.engines.aws_cloud import KEYS, REGION, AwsStand, cloud
from tests.contracts.engines.slurm_cluster import MISSING, cluster
from tests.world.plain import FILES, STUDIO
from tests.world.world import World

PATIENCE = 120.0  # seconds
CLOUD = f"""
runners:
  ec2:
    type: aws
    regions: [{REGION}]
    machines: [t3.micro]
    images: {{{REGION}: ami-1}}
    disk: 20
    prices: {{t3.micro: 1.0}}
    secrets: [WANDB_API_KEY]
    remote: [REMOTE_KEY]
"""


@dataclass
class Bot:
    """A world whose web process listens."""

    world: World
    url: str

    def trains(self, runners: str, engine: Engine | None = None, turn: Callable[[], None] = lambda: None) -> str:
        """The report of a run that is asked for."""
        secrets = {"WANDB_API_KEY": "canary-of-training", "REMOTE_KEY": "canary-of-the-remote"}
        self.world.declare(runners, secrets, engine, self.url)
        pull = self.world.pull_request(project={**FILES, ".github/studio.yml": STUDIO})
        pull.comment("/run -n first")
        end = time.monotonic() + PATIENCE
        while not pull.comments:
            assert time.monotonic() < end, [(run.state, run.waits, run.reason) for run in pull.runs]
            turn()
            self.world.work()
            time.sleep(0.1)
        return pull.report


@pytest.fixture
def bot(world: World) -> Iterator[Bot]:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return world.web.application(environ, start_response)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Bot(world, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def settled(world: World, engine: Engine, turn: Callable[[], None] = lambda: None) -> list[str]:
    """What the log of machines has, once none of them is left."""
    end = time.monotonic() + PATIENCE
    while engine.list_owned() or [entry.what for entry in world.audit][-1:] == ["launch"]:
        assert time.monotonic() < end, engine.list_owned()
        turn()
        world.wait(0)
        time.sleep(0.1)
    return [entry.what for entry in world.audit]


@pytest.mark.xdist_group("aws")
def test_on_an_instance_of_ec2(bot: Bot, tmp_path: Path) -> None:
    with cloud():
        stand = AwsStand(tmp_path / "machines")
        try:
            report = bot.trains(CLOUD, stand.engine, stand.turn)
            assert "No baseline" in report, report
            assert "trained on `ec2, t3.micro in us-west-1, 20 GB` in" in report and "USD" in report
            assert settled(bot.world, stand.engine, stand.turn) == ["launch", "end"]
            (instance,) = stand.described()
            assert instance["State"]["Name"] == "terminated"
            said = [stand.user_data(instance["InstanceId"]), report, *bot.world.stored()]
            said += [path.read_text(errors="replace") for path in (tmp_path / "machines").glob("*/console")]
            canaries = ("canary-of-training", "canary-of-the-remote", *KEYS.values())
            assert not [each for each in canaries if any(each in text for text in said)]
        finally:
            stand.end()


@pytest.mark.xdist_group("slurm")
@pytest.mark.skipif(bool(MISSING), reason=f"a real Slurm is needed: apt-get install {' '.join(MISSING)}")
def test_on_a_cluster_with_slurm(bot: Bot, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path / "shared"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    # What a site sets for all its nodes: proxies, its package index, its certificates.
    site = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    (home / "env").write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in site.items()))
    runners = f"runners: {{cluster: {{type: slurm, regions: [cpu], home: {home}}}}}"
    with cluster(tmp_path_factory.mktemp("slurm")) as slurm, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(slurm.conf))
        engine = SlurmEngine(Slurm(type=Kind.SLURM, regions=("cpu",), home=str(home)), "tests")
        report = bot.trains(runners, engine)
        assert "No baseline" in report, report
        assert "trained on `cluster, cpu` in" in report
        assert settled(bot.world, engine) == ["launch", "end"]


def test_on_another_machine_that_takes_from_its_own_queue(bot: Bot, tmp_path: Path, redis_url: str) -> None:
    (tmp_path / "box").mkdir()
    env = {**os.environ, "REDIS_URL": redis_url, "PUBLIC_URL": bot.url, "DATA_DIR": str(tmp_path / "box")}
    env |= {"TRUSTED_REPOSITORIES": "grace/digits"}
    process = subprocess.Popen([sys.executable, "-m", "trainer", "gpu-box"], env=env, cwd=Path(__file__).parents[2])
    try:
        report = bot.trains("runners: {gpu-box: {type: rq}}")
    finally:
        process.terminate()
        process.wait()
    assert "No baseline" in report, report
    assert "trained on `gpu-box` in" in report
