"""Runs foreign commands: in a closed room, or directly on the machine for repositories that the operator trusts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Stopped
from . import bubblewrap, process, seccomp

TAIL = 64 * 1024  # last bytes of a step's output, from which its reason is told


@dataclass
class Output:
    """Keeps the end of what a command printed, and hands all of it on to the log where there is one."""

    log: Callable[[bytes], object] | None = None
    data: bytearray = field(default_factory=bytearray)

    def __call__(self, data: bytes) -> None:
        self.data += data
        del self.data[:-TAIL]
        if self.log:
            self.log(data)

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


@dataclass(frozen=True)
class CommandRunner:
    """Runs commands, and ends them when the run is to stop."""

    isolated: bool
    why_stop: Callable[[], str]  # empty while the run may go on

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        folder: Path,
        sink: Callable[[bytes], object],
        seconds: float,
        read: Sequence[Path] = (),
        write: Sequence[Path] = (),
        network: bool = False,
    ) -> process.ProcessEnd:
        """Run a command in `folder`, in a closed room where `isolated`; it then sees only `read` and `write`.

        `seconds` is its time limit. Raises Stopped when the run is stopped meanwhile.
        """
        if not self.isolated:
            return self._run(argv, env, folder, sink, seconds)
        with seccomp.opened() as calls:
            argv = bubblewrap.bubble(argv, read=read, write=write, folder=folder, network=network, calls=calls)
            return self._run(argv, env, folder, sink, seconds, within=True, keep=(calls,))

    def run_outside(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        folder: Path,
        sink: Callable[[bytes], object],
        seconds: float,
    ) -> process.ProcessEnd:
        """Run one of our own commands on our own files, outside of any room. Raises Stopped as `run` does."""
        return self._run(argv, env, folder, sink, seconds)

    def _run(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        sink: Callable[[bytes], object],
        seconds: float,
        within: bool = False,
        keep: Sequence[int] = (),
    ) -> process.ProcessEnd:
        outcome = process.run(
            argv,
            env=env,
            folder=folder,
            sink=sink,
            seconds=seconds,
            stop=lambda: bool(self.why_stop()),
            within=within,
            keep=keep,
        )
        if outcome.cut == "stop":
            raise Stopped(self.why_stop())
        return outcome
