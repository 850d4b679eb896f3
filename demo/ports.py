"""Ports on 127.0.0.1: the one a person opens, and free ones for the rest."""

import random
import socket
import time

import httpx

from demo.processes import Processes
from demo.trouble import Trouble

USUAL = "8000"
# Below those that systems give to outgoing connections (Linux: 32768 and more, others: 49152 and more).
QUIET = range(20_000, 32_000)
STARTING = 60.0  # seconds a program may take until it answers


def chosen_port(text: str) -> int:
    """The port a person asked for; empty: the usual one. Trouble when it is none, or taken."""
    text = text.strip() or USUAL
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise Trouble(f"PORT={text} is not a port: choose a number from 1 to 65535.")
    try:
        return _bind(int(text))
    except OSError as error:
        raise Trouble(f"Port {text} cannot be used ({error.strerror}). Try another: PORT=9000 make demo") from error


def free_port() -> int:
    """One that nobody uses at this moment, and that no connection is given by itself until a server listens there."""
    while True:
        try:
            return _bind(random.choice(QUIET))  # nosec B311 # any free port will do
        except OSError:
            continue


def wait_for(url: str, processes: Processes, seconds: float = STARTING) -> None:
    """Return when the address answers. Trouble when a program dies meanwhile, or it takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        processes.check()
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.05)
    raise Trouble(f"{url} does not answer after {seconds:.0f} seconds.\n{processes.last_lines()}")


def _bind(port: int) -> int:
    with socket.socket() as probe:
        # As servers do it, so that the connections of a demo that has just ended are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])
