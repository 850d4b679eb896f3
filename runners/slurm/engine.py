"""The Slurm engine: one batch job for each run, by the commands of the login host, run here or over ssh."""

import re
import shlex
from collections.abc import Sequence

from bot.ports.engines import Condition, EngineError, Machine, Order
from experiments.fleet.runners import Slurm
from experiments.placement import Placement
from runners.slurm import state
from runners.slurm.host import LoginHost

_SUBMITTING = 20.0  # seconds; where Slurm's queue is full, sbatch tries again for two minutes
_SHAPE = re.compile(r"([0-9]{1,4})/([0-9]{1,7}[KMGT]?)")
_UNKNOWN = "Invalid job id"
# Each name is used once, even after Slurm has forgotten the job: a second job of the same name leaves at once.
_BEGIN = """\
#!/bin/sh
umask 077
mkdir {mark} 2>/dev/null || exit 0
exec /bin/sh <<'STUDIO'
"""


class SlurmEngine:
    """Launches and ends Slurm jobs, as bot.ports.engines.Engine says. Its jobs' names begin with the owner's mark."""

    def __init__(self, runner: Slurm, owner: str) -> None:
        self._runner = runner
        self._host = LoginHost(runner.ssh)
        self._prefix = f"studio-{owner}-"
        self._folder = f"{runner.home}/slurm"  # on a file system that the login host and all nodes share

    def launch(self, order: Order) -> Machine:
        """Submit the job, as the protocol says.

        sbatch reads the script from standard input: everybody on the login host can read arguments.
        """
        if known := self._named(order.name):
            return known
        self._host.ask("mkdir", "-p", "-m", "700", self._folder)
        argv = ["sbatch", "--parsable", f"--job-name={order.name}", f"--comment=expires={order.expires:.0f}"]
        argv += [f"--time={-(-order.seconds // 60)}", "--no-requeue", "--export=NONE", "--chdir=/"]
        argv += [f"--output={self._log(order.name)}", "--open-mode=append", *_asked(order.place)]
        argv += [f"--account={self._runner.account}"] if self._runner.account else []
        begin = _BEGIN.format(mark=shlex.quote(f"{self._folder}/{order.name}"))
        output = self._host.ask(*argv, stdin=f"{begin}{order.script}STUDIO\n", patience=_SUBMITTING)
        number = output.strip().partition(";")[0]  # where there are several clusters, the cluster's name follows it
        return Machine(order.name, number, order.run, order.attempt, Condition.PENDING)

    def status(self, machine: Machine) -> Machine:
        """Return the machine as squeue sees it now, as the protocol says."""
        return self._named(machine.name) or Machine(
            machine.name, machine.id, machine.run, machine.attempt, Condition.ENDED, machine.expires
        )

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """Cancel the job, as the protocol says. Slurm's KillWait (30 s unless changed) takes the place of `grace`."""
        signal = () if grace else ("--signal=KILL", "--full")
        try:
            self._host.ask("scancel", *signal, f"--name={machine.name}", "--me")
        except EngineError as error:
            if _UNKNOWN not in str(error):
                raise

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """Return the job's log from `offset` bytes, as the protocol says."""
        try:
            return self._host.ask("tail", "-c", f"+{offset + 1}", self._log(machine.name))
        except EngineError:
            return ""  # the job has printed nothing yet

    def list_owned(self) -> Sequence[Machine]:
        """Return our jobs, as the protocol says. Of ended jobs squeue lists only those that Slurm may start again."""
        return self._found()

    def _named(self, name: str) -> Machine | None:
        found = self._found("--states=all", f"--name={name}")
        alive = [machine for machine in found if machine.condition is not Condition.ENDED]
        return next(iter([*alive, *reversed(found)]), None)

    def _found(self, *which: str) -> list[Machine]:
        output = self._host.ask("squeue", "--noheader", "--me", *which, f"--Format={state.COLUMNS}")
        return [found for line in output.splitlines() if (found := state.machine(line, self._prefix))]

    def _log(self, name: str) -> str:
        return f"{self._folder}/{name}.log"


def _asked(place: Placement) -> list[str]:
    """Return the place as options of sbatch(1).

    A machine such as `8/32G` is a number of CPUs and an amount of memory; any other one is a feature of Slurm's.
    """
    asked = [f"--partition={place.region}"] if place.region else []
    asked += [f"--gres=gpu:{place.gpu}"] if place.gpu else []
    asked += [f"--tmp={place.disk}G"] if place.disk else []
    if shape := _SHAPE.fullmatch(place.machine):
        return [*asked, f"--cpus-per-task={shape[1]}", f"--mem={shape[2]}"]
    return [*asked, f"--constraint={place.machine}"] if place.machine else asked
