"""The engine of Slurm on a real Slurm."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports.engines import Condition, EngineError, NoRoom
from experiments.fleet.runners import Slurm
from experiments.placement import EngineKind
from tests.contracts.engines.backend import Launcher
from tests.contracts.engines.backend import launcher as launcher_of
from tests.contracts.engines.slurm_cluster import MISSING, Cluster, SlurmBackend, cluster, wait
from tests.contracts.engines.suite import EngineSuite

pytestmark = [
    pytest.mark.xdist_group("slurm"),
    pytest.mark.skipif(bool(MISSING), reason=f"a real Slurm is needed: apt-get install {' '.join(MISSING)}"),
]
WAITS = "echo > {begun}; while :; do sleep 0.1; done"


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("slurm")) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(made.conf))
        yield made


@pytest.fixture
def launcher(slurm: Cluster, tmp_path: Path) -> Iterator[Launcher]:
    runner = Slurm(type=EngineKind.SLURM, regions=("cpu",), home=str(tmp_path / "shared"))
    with launcher_of(SlurmBackend(runner), tmp_path) as made:
        yield made


class TestSlurm(EngineSuite):
    """Run the suite of every engine."""

    def test_a_machine_that_slurm_has_forgotten_is_not_started_again(self, launcher: Launcher, slurm: Cluster) -> None:
        ran = launcher.folder / "ran"
        order = launcher.order(f"echo x >> {ran}")
        machine = launcher.engine.launch(order)
        launcher.becomes(machine, Condition.ENDED)
        launcher.until(lambda: order.name not in slurm.output("squeue", "--states=all", "-o", "%j"))
        again = launcher.engine.launch(order)
        launcher.becomes(again, Condition.ENDED)
        assert ran.read_text() == "x\n"

    def test_a_lost_node_is_an_interruption(self, launcher: Launcher, slurm: Cluster) -> None:
        begun = launcher.folder / "begun"
        machine = launcher.launch(WAITS.format(begun=begun))
        launcher.until(begun.exists)
        node = launcher.engine.status(machine).zone
        slurm.output("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        ended = launcher.becomes(machine, Condition.ENDED)
        assert ended.interrupted and ended.message == "Slurm says node_fail"
        slurm.output("scontrol", "update", f"nodename={node}", "state=resume")
        wait(lambda: slurm.output("sinfo", "-h", "-o", "%T %D").strip() == "idle 2", slurm)

    def test_a_waiting_machine_has_the_reason(self, launcher: Launcher, slurm: Cluster) -> None:
        slurm.output("scontrol", "update", "partitionname=cpu", "state=down")
        try:
            machine = launcher.launch("true")
            waiting = launcher.engine.status(machine)
            assert waiting.condition is Condition.PENDING
            launcher.until(lambda: "PartitionDown" in launcher.engine.status(machine).message)
        finally:
            slurm.output("scontrol", "update", "partitionname=cpu", "state=up")
        launcher.becomes(machine, Condition.ENDED)

    def test_a_request_that_slurm_may_accept_later_waits(self, launcher: Launcher, slurm: Cluster) -> None:
        slurm.output("scontrol", "update", "partitionname=cpu", "state=inactive")
        try:
            with pytest.raises(NoRoom, match="Slurm takes no such job now"):
                launcher.launch("true")
        finally:
            slurm.output("scontrol", "update", "partitionname=cpu", "state=up")

    def test_cpus_memory_and_disk_are_requested(self, launcher: Launcher, slurm: Cluster) -> None:
        order = launcher.order("true")
        machine = launcher.engine.launch(replace(order, place=replace(order.place, machine="2/1G", disk=3)))
        asked = slurm.output("scontrol", "show", "job", machine.id)
        assert "CPUs/Task=2" in asked and "MinMemoryNode=1G" in asked and "MinTmpDiskNode=3G" in asked
        launcher.becomes(machine, Condition.ENDED)

    def test_a_failed_machine_is_explained_by_its_own_last_lines(self, launcher: Launcher) -> None:
        machine = launcher.becomes(launcher.launch("echo no bubblewrap here >&2; exit 2"), Condition.ENDED)
        assert machine.message == "" and launcher.engine.logs(machine).endswith("no bubblewrap here\n")

    def test_a_machine_that_an_administrator_requeues_runs_once(self, launcher: Launcher, slurm: Cluster) -> None:
        ran = launcher.folder / "ran"
        machine = launcher.launch(f"echo x >> {ran}; while :; do sleep 0.1; done")
        launcher.until(ran.exists)
        slurm.output("scontrol", "update", f"jobid={machine.id}", "requeue=1")
        slurm.output("scontrol", "requeue", machine.id)
        again = launcher.becomes(machine, Condition.ENDED)
        assert again.interrupted and again.message == "Slurm says requeued"
        asked = ("squeue", "--noheader", "--states=all", "--format=%T %r", f"--job={machine.id}")
        launcher.until(lambda: "PENDING BeginTime" in slurm.output(*asked))
        assert launcher.names() == [machine.name], "it would start"
        slurm.output("scontrol", "update", f"jobid={machine.id}", "starttime=now")
        launcher.until(lambda: "COMPLETED" in slurm.output(*asked))
        ended = launcher.engine.status(machine)
        assert (ended.condition, ended.interrupted, ended.message) == (Condition.ENDED, True, "Slurm says requeued")
        assert ran.read_text() == "x\n" and not launcher.names()

    def test_a_machine_that_an_administrator_holds_can_be_ended(self, launcher: Launcher, slurm: Cluster) -> None:
        begun = launcher.folder / "begun"
        machine = launcher.launch(WAITS.format(begun=begun))
        launcher.until(begun.exists)
        slurm.output("scontrol", "update", f"jobid={machine.id}", "requeue=1")
        slurm.output("scontrol", "requeuehold", machine.id)
        assert launcher.becomes(machine, Condition.ENDED).interrupted
        assert launcher.names() == [machine.name]
        launcher.engine.cancel(machine)
        launcher.until(lambda: not launcher.names())

    def test_a_postponed_machine_goes_on_waiting(self, launcher: Launcher, slurm: Cluster) -> None:
        slurm.output("scontrol", "update", "partitionname=cpu", "state=down")
        try:
            machine = launcher.launch("true")
            slurm.output("scontrol", "update", f"jobid={machine.id}", "starttime=now+1hour")
            launcher.until(lambda: "BeginTime" in launcher.engine.status(machine).message)
            assert launcher.engine.status(machine).condition is Condition.PENDING
        finally:
            slurm.output("scontrol", "update", "partitionname=cpu", "state=up")

    def test_a_refusal_of_slurm_is_reported_in_a_sentence(self, launcher: Launcher) -> None:
        order = launcher.order("true")
        with pytest.raises(EngineError, match="invalid partition"):
            launcher.engine.launch(replace(order, place=replace(order.place, region="moon")))

    def test_only_their_owner_can_read_script_and_log(self, launcher: Launcher, slurm: Cluster) -> None:
        begun = launcher.folder / "begun"
        machine = launcher.launch(WAITS.format(begun=begun))
        launcher.until(begun.exists)
        made = list((launcher.folder / "shared" / "slurm").iterdir())
        assert {path.stat().st_mode & 0o077 for path in made} == {0}, made
        assert "token" not in slurm.output("scontrol", "show", "job", machine.id)


def test_without_a_controller_the_answer_is_no_room(slurm: Cluster, tmp_path: Path) -> None:
    away = tmp_path / "slurm.conf"
    elsewhere = slurm.conf.read_text().replace("SlurmctldPort=", "MessageTimeout=2\nSlurmctldPort=1 # ")
    away.write_text(elsewhere)
    engine = SlurmBackend(Slurm(type=EngineKind.SLURM, home=str(tmp_path))).engine
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(away))
        with pytest.raises(NoRoom, match="Slurm can't be reached"):
            engine.list_owned()


def test_over_ssh_every_word_is_quoted(slurm: Cluster, tmp_path: Path) -> None:
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text('#!/bin/sh\n[ "$4" = "studio@login" ] || exit 255\nexec sh -c "$5"\n')
    ssh.chmod(0o755)
    runner = Slurm(type=EngineKind.SLURM, regions=("cpu",), home=str(tmp_path / "shared"), ssh="studio@login")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{ssh.parent}:/usr/bin:/bin:/usr/sbin")
        with launcher_of(SlurmBackend(runner), tmp_path) as launcher:
            mark = tmp_path / "ran"
            machine = launcher.launch(f"echo 'a b' > {mark}")
            launcher.becomes(machine, Condition.ENDED)
            assert mark.read_text() == "a b\n"
        elsewhere = SlurmBackend(runner.model_copy(update={"ssh": "studio@moon"})).engine
        with pytest.raises(NoRoom, match="login host of Slurm can't be reached"):
            elsewhere.list_owned()
    assert shutil.which("sbatch")
