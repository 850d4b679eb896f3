"""From comment to report on machines that are launched, or that take from a queue of their own, by the real agent."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.fleet.runners import Slurm
from experiments.placement import EngineKind
from runners.agent.env_vars import PASSED_ON
from runners.agent.isolation.root import PERMISSION
from runners.slurm.engine import SlurmEngine
from tests.contracts.engines.aws_cloud import KEYS, AwsBackend
from tests.contracts.engines.slurm_cluster import MISSING, cluster
from tests.world.elsewhere import CANARIES, CLOUD, Bot
from tests.world.plain import FILES, STUDIO

PROJECT = {**FILES, ".github/studio.yml": STUDIO}


@pytest.mark.xdist_group("aws")
def test_a_run_trains_on_an_instance_of_ec2(bot: Bot, ec2: AwsBackend) -> None:
    report = bot.report(bot.asked(CLOUD, PROJECT, ec2.engine), ec2.advance)
    assert "No baseline" in report, report
    assert "trained on `ec2, t3.micro in us-west-1, 20 GB` in" in report and "USD" in report
    assert bot.settled(ec2.engine, ec2.advance) == ["launch", "end"]
    (instance,) = ec2.described()
    assert instance["State"]["Name"] == "terminated"
    said = [ec2.user_data(instance["InstanceId"]), report, *bot.world.stored()]
    said += [path.read_text(errors="replace") for path in ec2.folder.glob("*/console")]
    assert not [each for each in (*CANARIES.values(), *KEYS.values()) if any(each in text for text in said)]


@pytest.mark.xdist_group("slurm")
@pytest.mark.skipif(bool(MISSING), reason=f"a real Slurm is needed: apt-get install {' '.join(MISSING)}")
def test_on_a_cluster_with_slurm(bot: Bot, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path / "shared"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    # What a site sets for all its nodes: proxies, its package index, its certificates.
    site = {name: value for name, value in os.environ.items() if name in PASSED_ON} | {PERMISSION: "yes"}
    (home / "env").write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in site.items()))
    runners = f"runners: {{cluster: {{type: slurm, regions: [cpu], home: {home}}}}}"
    with cluster(tmp_path_factory.mktemp("slurm")) as slurm, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(slurm.conf))
        engine = SlurmEngine(Slurm(type=EngineKind.SLURM, regions=("cpu",), home=str(home)), "tests")
        report = bot.report(bot.asked(runners, PROJECT, engine))
        assert "No baseline" in report, report
        assert "trained on `cluster, cpu` in" in report
        assert bot.settled(engine) == ["launch", "end"]


def test_on_another_machine_that_takes_from_its_own_queue(bot: Bot, tmp_path: Path, redis_url: str) -> None:
    (tmp_path / "box").mkdir()
    env = {**os.environ, "REDIS_URL": redis_url, "PUBLIC_URL": bot.url, "DATA_DIR": str(tmp_path / "box")}
    env |= {"TRUSTED_REPOSITORIES": "grace/digits"}
    pull = bot.asked("runners: {gpu-box: {type: rq}}", PROJECT)
    assert "No process listens to `gpu-box`" in pull.reply
    process = subprocess.Popen([sys.executable, "-m", "trainer", "gpu-box"], env=env, cwd=Path(__file__).parents[3])
    try:
        bot.until(lambda: pull.runs[-1].reported)
        report = pull.report
    finally:
        process.terminate()
        process.wait()
    assert "No baseline" in report, report
    assert "trained on `gpu-box` in" in report
