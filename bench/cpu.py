"""CPU seconds of programs together with all that they started."""

from collections.abc import Iterable
from contextlib import suppress
from resource import RUSAGE_CHILDREN, getrusage

import psutil

from demo.processes import family


def of_children() -> float:
    """Return the CPU seconds of all children of this process that have ended, adopted ones included."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spent(pids: Iterable[int]) -> float:
    """Return the CPU seconds, of user and system, that these processes and all their descendants have taken so far.

    What has ended counts through who waited for it. bubblewrap waits for nobody: this process has to adopt what that
    leaves (demo.processes.adopt_orphans), and then may start nothing else that counts meanwhile.
    """
    whole = of_children()
    for process in (each for pid in pids for each in family(pid)):
        with suppress(psutil.NoSuchProcess):  # it ended just now, and its parent has its seconds
            times = process.cpu_times()
            whole += times.user + times.system + times.children_user + times.children_system
    return whole
