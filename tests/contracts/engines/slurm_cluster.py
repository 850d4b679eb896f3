"""Run a real Slurm on this machine: munged, slurmctld and two slurmd."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo.ports import free_port
from experiments.fleet.runners import Slurm
from experiments.placement import EngineKind, Placement
from runners.slurm.engine import SlurmEngine

PROGRAMS = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd", "sbatch": "slurm-client"}
MISSING = [package for program, package in PROGRAMS.items() if not shutil.which(program, path="/usr/bin:/usr/sbin")]
STARTING = 30.0  # seconds

_CONF = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
MinJobAge=5
KillWait=2
SlurmdTimeout=10
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={one} CPUs=8 RealMemory=8000 TmpDisk=9000 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={two} CPUs=8 RealMemory=8000 TmpDisk=9000 State=UNKNOWN
PartitionName=cpu Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class Cluster:
    """Hold a running Slurm."""

    folder: Path
    conf: Path
    running: dict[str, "subprocess.Popen[bytes]"]

    @property
    def env(self) -> Mapping[str, str]:
        """Return the environment of its commands."""
        return {**os.environ, "SLURM_CONF": str(self.conf)}

    def start(self, name: str, *argv: str) -> None:
        """Start one of its programs, with its output in a file of its name."""
        with (self.folder / f"{name}.out").open("ab") as out:
            self.running[name] = subprocess.Popen(argv, env=dict(self.env), stdout=out, stderr=out)

    def node(self, name: str) -> None:
        """Start a slurmd."""
        self.start(name, "/usr/sbin/slurmd", "-D", "-N", name, "-f", str(self.conf))

    def kill(self, name: str) -> None:
        """Kill a program at once."""
        self.running[name].send_signal(signal.SIGKILL)
        self.running.pop(name).wait()

    def output(self, *argv: str) -> str:
        """Run one of its commands, and return what it prints."""
        done = subprocess.run(argv, env=dict(self.env), capture_output=True, text=True, timeout=30, check=False)
        return done.stdout + done.stderr


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Run it until the end of the block."""
    folder.chmod(0o755)
    (folder / "state").mkdir()
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o600)
    conf = folder / "slurm.conf"
    ports = {"port": free_port(), "one": free_port(), "two": free_port()}
    user = os.environ.get("USER") or "root"
    conf.write_text(_CONF.format(host=socket.gethostname().partition(".")[0], folder=folder, user=user, **ports))
    made = Cluster(folder, conf, {})
    files = {"key-file": key, "socket": folder / "munge.socket", "pid-file": folder / "munge.pid"}
    files |= {"log-file": folder / "munge.log", "seed-file": folder / "munge.seed"}
    try:
        made.start("munged", "/usr/sbin/munged", "-F", "--force", *(f"--{name}={path}" for name, path in files.items()))
        wait(lambda: (folder / "munge.socket").exists(), made)
        made.start("slurmctld", "/usr/sbin/slurmctld", "-c", "-D", "-f", str(conf))
        made.node("n1")
        made.node("n2")
        wait(lambda: made.output("sinfo", "-h", "-o", "%T %D").strip() == "idle 2", made)
        yield made
    finally:
        for process in reversed(list(made.running.values())):
            process.terminate()
        for process in made.running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait(condition: object, made: Cluster) -> None:
    """Poll until the condition holds."""
    assert callable(condition)
    end = time.monotonic() + STARTING
    while not condition():
        assert time.monotonic() < end, made.output("sinfo") + "".join(
            path.read_text(errors="replace")[-1500:] for path in made.folder.glob("*.out")
        )
        time.sleep(0.1)


@dataclass
class SlurmBackend:
    """Let a test see and harm the engine's Slurm."""

    runner: Slurm
    place: Placement = field(default_factory=lambda: Placement("cluster", EngineKind.SLURM, region="cpu"))
    shortest: int = 60  # seconds: Slurm counts minutes

    @property
    def engine(self) -> SlurmEngine:
        return self.of("tests")

    def of(self, owner: str) -> SlurmEngine:
        return SlurmEngine(self.runner, owner)

    def advance(self) -> None:
        """Do nothing: Slurm does everything by itself."""
