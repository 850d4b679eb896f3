"""`python -m bench.webhook`: how many deliveries a second the door takes, beside Probot with BullMQ.

Both verify the signature, keep the delivery in the same Redis, queue it and answer 2xx. In turns, each gets the same
deliveries: as many at once as there are connections, and then a steady number a second. After each turn a worker of the
same kind of queue takes all that was kept: every accepted delivery has to reach it once, with its whole body.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from honcho.environ import parse_procfile
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from bench.deliveries import COMMENT, CONNECTIONS, SIZE, payload, send
from demo.environment import clean_environment
from demo.ports import free_port, wait_for
from demo.processes import Processes, family
from demo.redis import binary_of_wheel, find_binary, started_redis
from demo.stage import ROOT
from demo.trouble import DemoTrouble
from services.redis.deliveries import Deliveries
from services.redis.lanes import EVENTS

PROBOT = Path(__file__).parent / "probot"
COUNT = 2000  # deliveries of one turn, as fast as they are taken
WARM = 300  # before it
STEADY = 200.0  # deliveries a second of the second part
STEADY_COUNT = 1000
INSTALLING = 300.0  # seconds
STARTING = 120.0  # seconds in which the counterpart has to take its first delivery


@dataclass(frozen=True)
class Turn:
    """What one turn of one door came to."""

    rate: float  # deliveries accepted a second, by CONNECTIONS at a time
    p50: float  # milliseconds from a delivery to its answer
    p99: float
    steady_p50: float  # milliseconds at STEADY deliveries a second, from when each was due
    steady_p99: float
    cpu: float  # milliseconds of processor time of the door for one delivery, without Redis and who sends
    sent: int
    accepted: int  # answered with 2xx
    once: int  # of those accepted: kept whole, and handed to a worker once

    @property
    def sound(self) -> bool:
        """Whether every delivery was accepted, kept and handed to a worker once."""
        return self.sent == self.accepted == self.once


@dataclass(frozen=True)
class Doors:
    """The turns of both doors."""

    ours: Sequence[Turn]
    theirs: Sequence[Turn]  # empty: it could not be installed
    missing: str = ""  # why

    @property
    def ratio(self) -> float:
        """Our rate as a part of theirs, the median of the rounds; 0 where there is nothing to compare with."""
        if not self.theirs:
            return 0.0
        return median(mine.rate / other.rate for mine, other in zip(self.ours, self.theirs, strict=True))

    @property
    def sound(self) -> bool:
        """Whether no delivery was lost or doubled on either side."""
        return all(each.sound for each in (*self.ours, *self.theirs))


@dataclass(frozen=True)
class Door:
    """A running web process, and how what it keeps is counted."""

    port: int
    secret: str
    pid: int
    count: Callable[[], Counter[str]]  # lets a worker take everything; how often it got each delivery, whole


def measure(folder: Path, environ: Mapping[str, str], rounds: int) -> Doors:
    """Measure both doors in turns, on one Redis with its append-only file in `folder`. Raises DemoTrouble."""
    shutil.rmtree(folder / "redis", ignore_errors=True)
    ours: list[Turn] = []
    theirs: list[Turn] = []
    with started_redis(find_binary(environ.get("PATH"), binary_of_wheel()), folder / "redis") as address:
        env = clean_environment(environ, folder / "home", Path(sys.executable).parent)
        missing = install(folder / "probot", env)
        with Processes(folder / "logs") as processes, Redis.from_url(address) as redis:
            sides = [(ours, _bot(folder, address, env, processes, redis))]
            if not missing:
                sides.append((theirs, _probot(folder / "probot", address, env, processes, redis)))
            for number in range(rounds):
                for results, door in sides if number % 2 else reversed(sides):
                    results.append(_turn(door, redis))
    return Doors(ours, theirs, missing)


def install(folder: Path, env: Mapping[str, str]) -> str:
    """Install the counterpart in `folder` as its lock says; return why it can't be, empty where it is installed."""
    lock = (PROBOT / "package-lock.json").read_bytes()
    installed = folder / "installed"  # holds the lock whose packages are here
    folder.mkdir(parents=True, exist_ok=True)
    for file in PROBOT.iterdir():
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    if installed.is_file() and installed.read_bytes() == lock:
        return ""
    installed.unlink(missing_ok=True)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, env=dict(env), capture_output=True, text=True, timeout=INSTALLING)
    except OSError:
        return "npm is not installed; Debian has it: apt-get install nodejs npm"
    except subprocess.TimeoutExpired:
        return f"npm did not end within {INSTALLING:.0f} seconds"
    if done.returncode:
        return done.stderr.strip()[-2000:] or f"npm ended with exit code {done.returncode}"
    installed.write_bytes(lock)
    return ""


def _turn(door: Door, redis: Redis) -> Turn:
    redis.flushdb()
    body = payload()
    send(door.port, door.secret, body, WARM)
    redis.flushdb()
    before = _cpu(door.pid)
    full = send(door.port, door.secret, body, COUNT)
    used = _cpu(door.pid) - before
    steady = send(door.port, door.secret, body, STEADY_COUNT, STEADY)
    counted = door.count()
    accepted = full.accepted | steady.accepted
    return Turn(
        rate=full.rate,
        p50=full.percentile(0.5),
        p99=full.percentile(0.99),
        steady_p50=steady.percentile(0.5),
        steady_p99=steady.percentile(0.99),
        cpu=used / COUNT * 1000,
        sent=COUNT + STEADY_COUNT,
        accepted=len(accepted),
        once=sum(counted[each] == 1 for each in accepted),
    )


def _cpu(pid: int) -> float:
    """Return the seconds of processor time of a process and its children."""
    return sum(sum(each.cpu_times()[:2]) for each in family(pid))


def _bot(folder: Path, address: str, env: Mapping[str, str], processes: Processes, redis: Redis) -> Door:
    """Start the web process of the Procfile and wait until it answers."""
    port, secret = free_port(), secrets.token_hex(20)
    of_bot = {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": _key(),
        "GITHUB_WEBHOOK_SECRET": secret,
        "REDIS_URL": address,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": str(folder / "data"),
        "PORT": str(port),
    }
    line = parse_procfile((ROOT / "Procfile").read_text()).processes["web"]
    pid = processes.start("web", ["sh", "-c", f"exec {line}"], env={**env, **of_bot}, folder=ROOT)
    for _ in range(20):  # both workers
        wait_for(f"http://127.0.0.1:{port}/healthz", processes)
    return Door(port, secret, pid, lambda: _counted_by_rq(redis))


def _counted_by_rq(redis: Redis) -> Counter[str]:
    """Let one of RQ's workers take all jobs, and return how often it got each delivery, with its whole body."""
    deliveries, body = Deliveries(redis), payload()
    counted: Counter[str] = Counter()

    class Counted(Job):  # type: ignore[misc]  # RQ is seen as Any (pyproject.toml)
        def perform(self) -> None:
            """Count the delivery in place of handling it: that would ask GitHub."""
            (guid,) = self.args
            counted[guid] += 1 if deliveries.load(guid) == ("issue_comment", body) else 1000
            deliveries.finish(guid)

    queue = Queue(EVENTS, connection=redis, serializer=JSONSerializer, job_class=Counted)
    worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer, job_class=Counted)
    worker.work(burst=True, logging_level="CRITICAL")
    return counted


def _probot(folder: Path, address: str, env: Mapping[str, str], processes: Processes, redis: Redis) -> Door:
    """Start the counterpart and wait until it answers."""
    port, secret = free_port(), secrets.token_hex(20)
    of_probot = {
        **env,
        "APP_ID": "1",
        "PRIVATE_KEY": _key(),
        "WEBHOOK_SECRET": secret,
        "REDIS_SOCKET": address.removeprefix("unix://"),
        "PORT": str(port),
        "EXPECTED": COMMENT,
        "NODE_ENV": "production",
    }
    pid = processes.start("probot", ["node", "server.js"], env=of_probot, folder=folder)
    until = monotonic() + STARTING
    while not send(port, secret, payload(), 1).accepted:
        processes.check()
        if monotonic() > until:
            raise DemoTrouble(f"Probot took no delivery within {STARTING:.0f} seconds.")
        sleep(0.1)

    def counted() -> Counter[str]:
        subprocess.run(["node", "worker.js"], cwd=folder, env=of_probot, check=True, timeout=INSTALLING)
        found = cast("dict[bytes, bytes]", redis.hgetall("counted"))
        return Counter({guid.decode(): int(count) for guid, count in found.items()})

    return Door(port, secret, pid, counted)


def _key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def main() -> int:
    """Measure and print. Return 0 when both doors were measured and nothing was lost or doubled."""
    rounds = int(os.environ.get("ROUNDS") or 3)
    try:
        found = measure(ROOT / ".bench" / "webhook", os.environ, rounds)
    except DemoTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"{SIZE / 1000:.1f} kB, {CONNECTIONS} connections, {COUNT} deliveries a turn, then {STEADY:.0f} a second")
    for name, turns in (("this bot", found.ours), ("Probot, BullMQ", found.theirs)):
        for each in turns:
            print(
                f"{name:<16}{each.rate:7.0f}/s  p50 {each.p50:6.1f} ms  p99 {each.p99:6.1f} ms"
                f"  at {STEADY:.0f}/s: p50 {each.steady_p50:5.1f} ms  p99 {each.steady_p99:6.1f} ms"
                f"  {each.cpu:.2f} CPU ms each  {each.once} of {each.sent} once"
            )
    print(f"ratio {found.ratio:.2f}" if not found.missing else f"no counterpart: {found.missing}")
    return 0 if found.sound and not found.missing else 1


if __name__ == "__main__":
    sys.exit(main())
