"""Slurm: one batch job a run, by the commands of the login host, here or over ssh."""

import re
import shlex
import subprocess
from collections.abc import Sequence

from bot.engines import Condition, EngineError, Machine, NoRoom, Order
from experiments.fleet.runners import Slurm
from experiments.place import Place

PATIENCE = 60.0  # seconds for one command
_FIELDS = "%i|%T|%N|%j|%r"  # squeue(1): id, state, nodes, name, reason
_PENDING = ("PENDING", "CONFIGURING")
_OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "DEADLINE", "OUT_OF_MEMORY", "REVOKED")
_AGAIN = "BeginTime"  # the reason for which a job waits that an administrator has Slurm start again: it leaves at once
_TAKEN = ("NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT")
_AWAY = ("Unable to contact slurm controller", "Connection refused", "timed out", "Zero Bytes", "Munge", "munge")
# It would take the job another time (Slurm's slurm_errno.c, and the names of limits in its manual of resource limits).
_LATER = ("partition not available", "MaxSubmitJob", "temporarily unable to accept", "temporarily unavailable")
_SHAPE = re.compile(r"([0-9]{1,4})/([0-9]{1,7}[KMGT]?)")
_UNKNOWN = "Invalid job id"
_SSH_FAILED = 255
# A name that was used is used up, also when Slurm has forgotten the job: whoever comes second leaves at once.
_BEGIN = """\
#!/bin/sh
umask 077
mkdir {mark} 2>/dev/null || exit 0
exec /bin/sh <<'STUDIO'
"""


class SlurmEngine:
    """See bot.engines.Engine. What is launched is known by its name, which begins with the owner's mark."""

    def __init__(self, runner: Slurm, owner: str) -> None:
        self._runner = runner
        self._prefix = f"studio-{owner}-"
        self._folder = f"{runner.home}/slurm"  # on a file system that the login host and all nodes see

    def launch(self, order: Order) -> Machine:
        """See the protocol. The script goes to sbatch by standard input: arguments can be read by everybody there."""
        if known := self._named(order.name):
            return known
        self._ask("mkdir", "-p", "-m", "700", self._folder)
        argv = ["sbatch", "--parsable", f"--job-name={order.name}", f"--comment=expires={order.expires:.0f}"]
        argv += [f"--time={-(-order.seconds // 60)}", "--no-requeue", "--export=NONE", "--chdir=/"]
        argv += [f"--output={self._log(order.name)}", "--open-mode=append", *_asked(order.place)]
        argv += [f"--account={self._runner.account}"] if self._runner.account else []
        begin = _BEGIN.format(mark=shlex.quote(f"{self._folder}/{order.name}"))
        said = self._ask(*argv, stdin=f"{begin}{order.script}STUDIO\n")
        number = said.strip().partition(";")[0]  # behind it the name of the cluster, where there are several
        return Machine(order.name, number, order.run, order.attempt, Condition.PENDING)

    def status(self, machine: Machine) -> Machine:
        """See the protocol."""
        return self._named(machine.name) or Machine(
            machine.name, machine.id, machine.run, machine.attempt, Condition.ENDED, machine.expires
        )

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """See the protocol. Slurm's own KillWait, 30 s where nobody has changed it, stands for `grace`."""
        signal = () if grace else ("--signal=KILL", "--full")
        try:
            self._ask("scancel", *signal, f"--name={machine.name}", "--me")
        except EngineError as error:
            if _UNKNOWN not in str(error):
                raise

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """See the protocol."""
        try:
            return self._ask("tail", "-c", f"+{offset + 1}", self._log(machine.name))
        except EngineError:
            return ""  # nothing was printed yet

    def list_owned(self) -> Sequence[Machine]:
        """See the protocol."""
        found = map(self._read, self._ask("squeue", "--noheader", "--me", f"--format={_FIELDS}").splitlines())
        return [each for each in found if each and each.condition is not Condition.ENDED]

    def _named(self, name: str) -> Machine | None:
        lines = self._ask("squeue", "--noheader", "--me", "--states=all", f"--name={name}", f"--format={_FIELDS}")
        found = [machine for machine in map(self._read, lines.splitlines()) if machine]
        alive = [machine for machine in found if machine.condition is not Condition.ENDED]
        return next(iter([*alive, *reversed(found)]), None)

    def _read(self, line: str) -> Machine | None:
        """None where it is not ours."""
        number, state, nodes, name, reason = (line.split("|", 4) + [""] * 5)[:5]
        if not name.startswith(self._prefix):
            return None
        run, _, attempt = name.removeprefix(self._prefix).partition("-")
        if not run or not attempt.isdigit():  # also what a bot launched whose mark begins with ours
            return None
        taken = state in _TAKEN or (state == "PENDING" and reason == _AGAIN)
        condition, said = Condition.RUNNING, ""
        if taken or state in _OVER:
            condition = Condition.ENDED
            if state not in ("COMPLETED", "FAILED"):  # of the latter the log says why
                said = f"Slurm says {'requeued' if state == 'PENDING' else state.lower()}"
        elif state in _PENDING:
            condition = Condition.PENDING
            said = f"Slurm has it in its queue{f' ({reason})' if reason != 'None' else ''}"
        return Machine(
            name,
            number,
            run,
            int(attempt),
            condition,
            0.0,  # a job may wait longer than that; Slurm ends it by itself at its limit
            zone=nodes,
            interrupted=taken,
            said=said,
        )

    def _log(self, name: str) -> str:
        return f"{self._folder}/{name}.log"

    def _ask(self, *argv: str, stdin: str = "") -> str:
        """What a command printed. Over ssh there is a shell at the other end, so every word is quoted."""
        command = list(argv)
        if self._runner.ssh:
            command = ["ssh", "-o", "BatchMode=yes", "--", self._runner.ssh, f"umask 077; {shlex.join(argv)}"]
        try:
            done = subprocess.run(
                command,
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PATIENCE,
                check=False,
                umask=0o077,
            )
        except FileNotFoundError as error:
            raise EngineError(f"`{command[0]}` is not installed where the bot runs.") from error
        except subprocess.TimeoutExpired as error:
            raise NoRoom(f"`{argv[0]}` did not answer for {PATIENCE:.0f} seconds.") from error
        if done.returncode == 0:
            return done.stdout
        said = " ".join(done.stderr.split())[:300]
        if done.returncode == _SSH_FAILED and self._runner.ssh:
            raise NoRoom(f"The login host of Slurm can't be reached: {said}")
        if any(word in said for word in _AWAY):
            raise NoRoom(f"Slurm can't be reached: {said}")
        if any(word in said for word in _LATER):
            raise NoRoom(f"Slurm takes no such job now: {said}")
        raise EngineError(f"`{argv[0]}` says: {said or f'exit code {done.returncode}'}")


def _asked(place: Place) -> list[str]:
    """In the words of sbatch(1). `8/32G` is a machine of so many CPUs and so much memory, anything else a feature."""
    asked = [f"--partition={place.region}"] if place.region else []
    asked += [f"--gres=gpu:{place.gpu}"] if place.gpu else []
    asked += [f"--tmp={place.disk}G"] if place.disk else []
    if shape := _SHAPE.fullmatch(place.machine):
        return [*asked, f"--cpus-per-task={shape[1]}", f"--mem={shape[2]}"]
    return [*asked, f"--constraint={place.machine}"] if place.machine else asked
