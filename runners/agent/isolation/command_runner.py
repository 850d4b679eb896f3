"""Where foreign commands run: closed by bubblewrap, or (for repositories the operator trusts) on the bare machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Stopped
from . import bubblewrap, process, seccomp

KEPT = 64 * 1024  # bytes of a step's output that are kept for its reason


@dataclass
class Output:
    """The end of what a command printed; handed on to the log where one is given."""

    log: Callable[[bytes], object] | None = None
    data: bytearray = field(default_factory=bytearray)

    def __call__(self, data: bytes) -> None:
        self.data += data
        del self.data[:-KEPT]
        if self.log:
            self.log(data)

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


@dataclass(frozen=True)
class Room:
    """Runs commands; ends them when the run is to stop."""

    isolated: bool
    why_stop: Callable[[], str]  # empty as long as it should go on

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
    ) -> process.Outcome:
        """In `folder`; inside, only `read` and `write` are seen. Raises Stopped when the run was stopped meanwhile."""
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
    ) -> process.Outcome:
        """For our own commands on our own files."""
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
    ) -> process.Outcome:
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
