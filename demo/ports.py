"""Ports on 127.0.0.1: the one that a person opens, and free ones for the rest."""

import random
import socket
import time

import httpx

from demo.processes import Processes
from demo.trouble import DemoTrouble

USUAL = "8000"
# Below the ports that systems give to outgoing connections (Linux: from 32768 on, others: from 49152 on).
QUIET = range(20_000, 32_000)
STARTING = 60.0  # seconds until a program has to answer


def chosen_port(text: str) -> int:
    """Return the port that a person asked for, or the usual one. Raises DemoTrouble where it is no port, or in use."""
    text = text.strip() or USUAL
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise DemoTrouble(f"PORT={text} is not a port: choose a number from 1 to 65535.")
    try:
        return _bind(int(text))
    except OSError as error:
        raise DemoTrouble(f"Port {text} cannot be used ({error.strerror}). Try another: PORT=9000 make demo") from error


def free_port() -> int:
    """Return a port that nobody uses now, and that no outgoing connection gets before a server listens there."""
    while True:
        try:
            return _bind(random.choice(QUIET))  # nosec B311 # any free port will do
        except OSError:
            continue


def wait_for(url: str, processes: Processes, seconds: float = STARTING) -> None:
    """Return when the address answers. Raises DemoTrouble when a program ends meanwhile, or it takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        processes.check()
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.05)
    raise DemoTrouble(f"{url} does not answer after {seconds:.0f} seconds.\n{processes.last_lines()}")


def _bind(port: int) -> int:
    with socket.socket() as probe:
        # Servers set this, too, so that connections of a demo that has just ended do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])
