"""The engine against a real Slurm."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports.engines import Condition, EngineError, NoRoom
from experiments.fleet.runners import Slurm
from experiments.placement import EngineKind
from tests.contracts.engines.slurm_cluster import MISSING, Cluster, SlurmStand, cluster, wait
from tests.contracts.engines.stand import Floor
from tests.contracts.engines.stand import floor as floor_of
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
def floor(slurm: Cluster, tmp_path: Path) -> Iterator[Floor]:
    runner = Slurm(type=EngineKind.SLURM, regions=("cpu",), home=str(tmp_path / "shared"))
    with floor_of(SlurmStand(runner), tmp_path) as made:
        yield made


class TestSlurm(EngineSuite):
    """What every engine does."""

    def test_one_that_slurm_has_forgotten_is_not_started_again(self, floor: Floor, slurm: Cluster) -> None:
        ran = floor.folder / "ran"
        order = floor.order(f"echo x >> {ran}")
        machine = floor.engine.launch(order)
        floor.becomes(machine, Condition.ENDED)
        floor.until(lambda: order.name not in slurm.told("squeue", "--states=all", "-o", "%j"))
        again = floor.engine.launch(order)
        floor.becomes(again, Condition.ENDED)
        assert ran.read_text() == "x\n"

    def test_a_lost_node_is_an_interruption(self, floor: Floor, slurm: Cluster) -> None:
        begun = floor.folder / "begun"
        machine = floor.launch(WAITS.format(begun=begun))
        floor.until(begun.exists)
        node = floor.engine.status(machine).zone
        slurm.told("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        ended = floor.becomes(machine, Condition.ENDED)
        assert ended.interrupted and ended.said == "Slurm says node_fail"
        slurm.told("scontrol", "update", f"nodename={node}", "state=resume")
        wait(lambda: slurm.told("sinfo", "-h", "-o", "%T %D").strip() == "idle 2", slurm)

    def test_what_waits_in_its_queue_says_why(self, floor: Floor, slurm: Cluster) -> None:
        slurm.told("scontrol", "update", "partitionname=cpu", "state=down")
        try:
            machine = floor.launch("true")
            waiting = floor.engine.status(machine)
            assert waiting.condition is Condition.PENDING
            floor.until(lambda: "PartitionDown" in floor.engine.status(machine).said)
        finally:
            slurm.told("scontrol", "update", "partitionname=cpu", "state=up")
        floor.becomes(machine, Condition.ENDED)

    def test_what_it_would_take_another_time_waits(self, floor: Floor, slurm: Cluster) -> None:
        slurm.told("scontrol", "update", "partitionname=cpu", "state=inactive")
        try:
            with pytest.raises(NoRoom, match="Slurm takes no such job now"):
                floor.launch("true")
        finally:
            slurm.told("scontrol", "update", "partitionname=cpu", "state=up")

    def test_cpus_memory_and_disk_are_asked_for(self, floor: Floor, slurm: Cluster) -> None:
        order = floor.order("true")
        machine = floor.engine.launch(replace(order, place=replace(order.place, machine="2/1G", disk=3)))
        asked = slurm.told("scontrol", "show", "job", machine.id)
        assert "CPUs/Task=2" in asked and "MinMemoryNode=1G" in asked and "MinTmpDiskNode=3G" in asked
        floor.becomes(machine, Condition.ENDED)

    def test_of_one_that_failed_its_own_last_words_tell_why(self, floor: Floor) -> None:
        machine = floor.becomes(floor.launch("echo no bubblewrap here >&2; exit 2"), Condition.ENDED)
        assert machine.said == "" and floor.engine.logs(machine).endswith("no bubblewrap here\n")

    def test_one_that_an_administrator_starts_again_runs_once(self, floor: Floor, slurm: Cluster) -> None:
        ran = floor.folder / "ran"
        machine = floor.launch(f"echo x >> {ran}; while :; do sleep 0.1; done")
        floor.until(ran.exists)
        slurm.told("scontrol", "update", f"jobid={machine.id}", "requeue=1")
        slurm.told("scontrol", "requeue", machine.id)
        again = floor.becomes(machine, Condition.ENDED)
        assert again.interrupted and again.said == "Slurm says requeued"
        asked = ("squeue", "--noheader", "--states=all", "--format=%T %r", f"--job={machine.id}")
        floor.until(lambda: "PENDING BeginTime" in slurm.told(*asked))
        assert floor.names() == [machine.name], "it would start"
        slurm.told("scontrol", "update", f"jobid={machine.id}", "starttime=now")
        floor.until(lambda: "COMPLETED" in slurm.told(*asked))
        ended = floor.engine.status(machine)
        assert (ended.condition, ended.interrupted, ended.said) == (Condition.ENDED, True, "Slurm says requeued")
        assert ran.read_text() == "x\n" and not floor.names()

    def test_one_that_an_administrator_starts_again_some_day_can_be_ended(self, floor: Floor, slurm: Cluster) -> None:
        begun = floor.folder / "begun"
        machine = floor.launch(WAITS.format(begun=begun))
        floor.until(begun.exists)
        slurm.told("scontrol", "update", f"jobid={machine.id}", "requeue=1")
        slurm.told("scontrol", "requeuehold", machine.id)
        assert floor.becomes(machine, Condition.ENDED).interrupted
        assert floor.names() == [machine.name]
        floor.engine.cancel(machine)
        floor.until(lambda: not floor.names())

    def test_one_that_is_put_off_goes_on_waiting(self, floor: Floor, slurm: Cluster) -> None:
        slurm.told("scontrol", "update", "partitionname=cpu", "state=down")
        try:
            machine = floor.launch("true")
            slurm.told("scontrol", "update", f"jobid={machine.id}", "starttime=now+1hour")
            floor.until(lambda: "BeginTime" in floor.engine.status(machine).said)
            assert floor.engine.status(machine).condition is Condition.PENDING
        finally:
            slurm.told("scontrol", "update", "partitionname=cpu", "state=up")

    def test_what_slurm_refuses_is_a_sentence(self, floor: Floor) -> None:
        order = floor.order("true")
        with pytest.raises(EngineError, match="invalid partition"):
            floor.engine.launch(replace(order, place=replace(order.place, region="moon")))

    def test_its_script_and_its_log_are_its_owners_alone(self, floor: Floor, slurm: Cluster) -> None:
        begun = floor.folder / "begun"
        machine = floor.launch(WAITS.format(begun=begun))
        floor.until(begun.exists)
        made = list((floor.folder / "shared" / "slurm").iterdir())
        assert {path.stat().st_mode & 0o077 for path in made} == {0}, made
        assert "token" not in slurm.told("scontrol", "show", "job", machine.id)


def test_without_a_controller_there_is_no_room(slurm: Cluster, tmp_path: Path) -> None:
    away = tmp_path / "slurm.conf"
    elsewhere = slurm.conf.read_text().replace("SlurmctldPort=", "MessageTimeout=2\nSlurmctldPort=1 # ")
    away.write_text(elsewhere)
    engine = SlurmStand(Slurm(type=EngineKind.SLURM, home=str(tmp_path))).engine
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
        with floor_of(SlurmStand(runner), tmp_path) as floor:
            mark = tmp_path / "ran"
            machine = floor.launch(f"echo 'a b' > {mark}")
            floor.becomes(machine, Condition.ENDED)
            assert mark.read_text() == "a b\n"
        elsewhere = SlurmStand(runner.model_copy(update={"ssh": "studio@moon"})).engine
        with pytest.raises(NoRoom, match="login host of Slurm can't be reached"):
            elsewhere.list_owned()
    assert shutil.which("sbatch")
