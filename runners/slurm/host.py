"""The login host of Slurm: runs its commands, here or over ssh, and turns what they refuse into sentences."""

import shlex
import subprocess
from dataclasses import dataclass

from bot.ports.engines import EngineError, NoRoom

PATIENCE = 60.0  # seconds that one command may take
_AWAY = ("Unable to contact slurm controller", "Connection refused", "timed out", "Zero Bytes", "Munge", "munge")
# Slurm would accept the job later (slurm_errno.c, and the names of limits in its manual of resource limits).
_LATER = ("partition not available", "SubmitJob", "temporarily unable to accept", "temporarily unavailable")
_SSH_FAILED = 255


@dataclass(frozen=True)
class LoginHost:
    """The host that has Slurm's commands."""

    ssh: str  # `user@host`; empty where the commands are on this host

    def ask(self, *argv: str, stdin: str = "", patience: float = PATIENCE) -> str:
        """Run a command and return what it printed. Over ssh a shell reads the command, so every word is quoted.

        `patience` is in seconds. Raises NoRoom where asking again may help, and EngineError where it does not.
        """
        command = ["ssh", "-o", "BatchMode=yes", "--", self.ssh, f"umask 077; {shlex.join(argv)}"] if self.ssh else argv
        try:
            done = subprocess.run(
                command,
                input=stdin.encode(),
                capture_output=True,
                timeout=patience,
                check=False,
                umask=0o077,
            )
        except FileNotFoundError as error:
            raise EngineError(f"`{command[0]}` is not installed where the bot runs.") from error
        except subprocess.TimeoutExpired as error:
            message = _message(error.stderr or b"")
            why = f": {message}" if message else "."
            raise NoRoom(f"`{argv[0]}` did not come to an end in {patience:.0f} seconds{why}") from error
        if done.returncode == 0:
            return done.stdout.decode(errors="replace")
        message = _message(done.stderr)
        if done.returncode == _SSH_FAILED and self.ssh:
            raise NoRoom(f"The login host of Slurm can't be reached: {message}")
        if any(word in message for word in _AWAY):
            raise NoRoom(f"Slurm can't be reached: {message}")
        if any(word in message for word in _LATER):
            raise NoRoom(f"Slurm takes no such job now: {message}")
        raise EngineError(f"`{argv[0]}` says: {message or f'exit code {done.returncode}'}")


def _message(stderr: bytes) -> str:
    return " ".join(stderr.decode(errors="replace").split())[:300]
