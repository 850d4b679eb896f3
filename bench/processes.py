"""`python -m bench.processes`: what each process of the bot takes until it is ready to work, in CPU and in memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import psutil
from honcho.environ import parse_procfile
from redis import Redis
from rq import Queue
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from bench.row import Figure, Goal
from demo.environment import clean_environment
from demo.ports import free_port
from demo.processes import end, family
from demo.redis import running_redis
from demo.stage import ROOT
from demo.trouble import DemoTrouble
from services.redis.deliveries import WAITING, Deliveries, delivery_key
from services.redis.lanes import EVENTS
from services.redis.queue import RestartableJob, queue_name

STARTING = 120.0  # seconds in which a process has to be ready, on a machine that does much else
LOOK = 0.01  # seconds between two looks whether it is
WEB_PROCESSES = 3  # gunicorn's own and the two that answer, which it starts one after the other
WEB = "http://127.0.0.1:{port}/healthz"
GUID = "bench"  # of a delivery that the clock finds forgotten, and that the worker then handles
GOALS = {"web": (0.6, 80.0), "clock": (0.6, 80.0), "worker": (1.5, None), "runner": (None, None)}  # seconds, MB


@dataclass(frozen=True)
class Ready:
    """What one line of the Procfile took until it was ready."""

    name: str  # as in the Procfile
    cpu: float  # seconds, of all its processes together: `web` has several
    memory: float  # MB resident, of the largest of them
    processes: int


def starts(redis_url: str, folder: Path, environ: Mapping[str, str]) -> tuple[Ready, ...]:
    """Start one process after the other and return what each took. Raise DemoTrouble where one does not get ready.

    Ready is what does its work: web answers `/healthz`, the clock has ticked and found a delivery that nobody
    handles, the worker has handled it, and the runner has taken a job.
    """
    port = free_port()
    env = clean_environment(environ, folder / "home", Path(sys.executable).parent) | {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----",  # nothing is signed with it
        "GITHUB_WEBHOOK_SECRET": "of the bench",
        "GITHUB_API_URL": "http://127.0.0.1:1/api/v3",  # nobody is there, and nobody is asked
        "REDIS_URL": redis_url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": str(folder / "data"),
        "PORT": str(port),
    }
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        deliveries = Deliveries(redis)
        redis.hset(delivery_key(GUID), mapping={"event": "ping", "body": "{}"})  # and no job, as if that was lost
        redis.zadd(WAITING, {GUID: 0.0})  # long ago
        runs = Queue(queue_name(""), connection=redis, serializer=JSONSerializer, job_class=RestartableJob)
        job = runs.enqueue("trainer.train", "no-such-run", 1, result_ttl=60)
        signs: dict[str, Callable[[int], bool]] = {
            "web": lambda pid: len(family(pid)) == WEB_PROCESSES and _answers(WEB.format(port=port)),
            "clock": lambda _: bool(redis.exists(RestartableJob.key_for(f"{EVENTS}-{GUID}"))),
            "worker": lambda _: deliveries.load(GUID) is None,
            "runner": lambda _: job.get_status() is JobStatus.FINISHED,
        }
        return tuple(_ready(name, sign, env, folder) for name, sign in signs.items())


def _ready(name: str, is_ready: Callable[[int], bool], env: Mapping[str, str], folder: Path) -> Ready:
    with _started(name, env, folder / f"{name}.log") as process:
        until = time.monotonic() + STARTING
        while not is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > until:
                said = (folder / f"{name}.log").read_text(errors="replace")[-2000:]
                raise DemoTrouble(f"{name} did not get ready. It said:\n{said}")
            time.sleep(LOOK)
        cpu, sizes = 0.0, []
        for each in family(process.pid):
            with suppress(psutil.NoSuchProcess):  # a child that only looked for something has ended
                cpu += sum(each.cpu_times()[:4])  # its own, and its children's that have ended
                sizes.append(each.memory_info().rss / 2**20)
        return Ready(name, cpu, max(sizes), len(sizes))


@contextmanager
def _started(name: str, env: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a line of the Procfile, and end it with all its children after the block."""
    line = parse_procfile((ROOT / "Procfile").read_text()).processes[name]
    with log.open("wb") as output:
        process = subprocess.Popen(
            # A line of a Procfile is shell by definition (`${PORT:-8000}`); it is a file of this repository.
            ["sh", "-c", f"exec {line}"],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(family(process.pid))
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:  # it is not listening yet
        return False


def measured(rounds: int, environ: Mapping[str, str]) -> list[tuple[Ready, ...]]:
    """Return what each process took, in each round. A round before them is not counted: Python compiles in it."""
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as made:
        folder = Path(made)
        (folder / "data").mkdir()
        with running_redis(folder / "redis", {**environ, "REDIS_URL": ""}) as redis:  # it is emptied, so one of our own
            return [starts(redis, folder, environ) for _ in range(rounds + 1)][1:]


def figures(rounds: int) -> tuple[Figure, ...]:
    """Return the CPU and the memory of each process, as lines of the bench's table."""
    found = measured(rounds, os.environ)
    lines: list[Figure] = []
    for number, (name, (seconds, size)) in enumerate(GOALS.items()):
        cpu, memory = tuple(each[number].cpu for each in found), tuple(each[number].memory for each in found)
        lines += [
            Figure("processes", f"{name} ready, CPU of all its processes", "s", cpu, goals=_goal(seconds)),
            Figure("processes", f"{name} ready, the largest resident", "MB", memory, goals=_goal(size)),
        ]
    return tuple(lines)


def _goal(bound: float | None) -> tuple[Goal, ...]:
    return (Goal(bound, of="ours"),) if bound else ()


if __name__ == "__main__":
    for each in figures(int(os.environ.get("ROUNDS") or 3)):
        goal = f"  at most {each.goals[0].bound:g}: {'yes' if each.met else 'no'}" if each.goals else ""
        print(
            f"{each.what:<42}{median(each.ours):8.2f} {each.unit:<3}{min(each.ours):8.2f} … {max(each.ours):.2f}{goal}"
        )
