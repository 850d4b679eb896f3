"""A GitHub, a Redis and the bot of the Procfile, each a process that may be killed and started again."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import yaml
from honcho.environ import parse_procfile
from redis import Redis
from redis.exceptions import RedisError

from bot.events import EVENTS
from demo.environment import clean_environment
from demo.ports import free_port
from demo.processes import end, family
from demo.redis import binary_of_wheel, command, find_binary
from sandbox.server import Sandbox
from services.redis.lanes import LANES, queues_of
from services.redis.store import RedisStore
from tests.processes import living
from tests.recovery.door import Door
from tests.recovery.gate import WAIT, Gate, Step
from tests.units.sample_run import changed
from tests.world.project import git, write

ROOT = Path(__file__).parents[2]
QUEUES = (*queues_of(LANES), "runs")
SETTLING = 400.0  # seconds; a machine may be busy with other tests
WEBHOOK, PASSWORD = "canary-of-the-webhook", "canary-of-redis"
PIPELINE = """stages:
  train:
    cmd: python train.py {mark}
    deps: [train.py]
    params: [lr]
    metrics: [metrics.json: {{cache: false}}]
"""
TRAIN = """import json, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open("{url}/training/began", timeout=300).close()
lr = float(open("params.yaml").read().split("lr:")[1])
json.dump({{"accuracy": 1 - lr}}, open("metrics.json", "w"))
"""


class Town:
    """The processes of the bot, a GitHub and a Redis; all of them end with `close`."""

    def __init__(
        self, folder: Path, agent_home: Path, gate: Gate | None = None, more: Mapping[str, str] | None = None
    ) -> None:
        """`more`: of the bot's environment."""
        self.folder, self.mark = folder, f"town-{uuid.uuid4().hex}"
        self.gate = gate or Gate()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.trained: list[list[int]] = []  # for each training that began: who trained at that moment
        self.told: list[bytes] = []  # what each of them said
        self.may_train = threading.Event()  # while it is not set, trainings begin and go no further
        self.may_train.set()
        self.sandbox = Sandbox(folder / "github")
        self.sandbox.start(wrap=self.gate.around)
        bare = self.sandbox.add_repository("grace/digits", collaborators={"grace": "admin", "ada": "write"})
        self.repository = bare.repository
        port = free_port()
        self.door = Door(self.gate, f"http://127.0.0.1:{port}", self._trains)
        manifest = yaml.safe_load((ROOT / "app.yml").read_text())
        app = self.sandbox.install_app(
            "ml-studio",
            ["grace/digits"],
            f"{self.door.url}/webhook",
            WEBHOOK,
            permissions=manifest["default_permissions"],
            events=EVENTS,
        )
        data = folder / "data"
        data.mkdir()
        (data / "agent").symlink_to(agent_home)
        self.socket = folder / "redis.sock"
        self.env = clean_environment(os.environ, folder / "home", Path(sys.executable).parent) | {
            "GITHUB_APP_ID": str(app.app.id),
            "GITHUB_PRIVATE_KEY": app.private_key,
            "GITHUB_WEBHOOK_SECRET": WEBHOOK,
            "GITHUB_API_URL": self.sandbox.api_url,
            "GITHUB_URL": self.sandbox.url,
            "REDIS_URL": f"unix://:{PASSWORD}@{self.socket}",
            "PUBLIC_URL": self.door.url,
            "DATA_DIR": str(data),
            "PORT": str(port),
            "TRUSTED_REPOSITORIES": "grace/digits",  # where root runs the tests
            **(more or {}),
        }
        self.redis = Redis(unix_socket_path=str(self.socket), password=PASSWORD)
        self.commands = self._commands()
        self.tree = self._project()
        for name in self.commands:
            self.start(name)

    def _commands(self) -> dict[str, Sequence[str]]:
        """Return the commands of the Procfile, with shorter timeouts, and that of Redis."""
        (self.folder / "redis").mkdir()
        redis = command(find_binary(os.environ["PATH"], binary_of_wheel()), self.socket, self.folder / "redis")
        redis += ["--requirepass", PASSWORD]
        lines = parse_procfile((ROOT / "Procfile").read_text()).processes
        web = lines["web"].replace("'app:create_app()'", "'tests.recovery.hurry:create_app()'")
        assert web != lines["web"], "hurry starts something else"
        found: dict[str, Sequence[str]] = {"redis": redis, "web": ["sh", "-c", f"exec {web}"]}
        lanes = {"worker": "events", "reports": "reports", "slow": "slow guests"}
        assert sorted(" ".join(lanes.values()).split()) == sorted(LANES)
        jobs = {name: f"python -m jobs {lane}" for name, lane in lanes.items()}
        expected = {**jobs, "runner": "python -m trainer", "clock": "python -m clock", "web": lines["web"]}
        assert lines == expected, "hurry starts something else"
        for name in ("worker", "runner", "clock"):  # one worker for all lanes, so that killing it stops all jobs
            found[name] = [sys.executable, "-m", "tests.recovery.hurry", name]
        return found

    def _project(self) -> Path:
        tree = self.folder / "tree"
        tree.mkdir()
        git(tree, "init", "--quiet", "--initial-branch=main")
        contents = {
            ".dvc/config": "",
            ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
            "dvc.yaml": PIPELINE.format(mark=self.mark),
            "params.yaml": "lr: 0.5\n",
            "requirements.txt": "",
            "train.py": TRAIN.format(url=self.door.url),
        }
        write(tree, contents)
        git(tree, "add", "--all")
        git(tree, "commit", "--quiet", "-m", "Begin")
        git(tree, "push", "--quiet", str(self.repository.folder), "HEAD:refs/heads/main")
        return tree

    def _trains(self, said: bytes) -> None:
        self.trained.append(living(self.mark))
        self.told.append(said)
        assert self.may_train.wait(WAIT), "nobody let it train"

    def start(self, name: str) -> None:
        """Start one of the processes."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, *victims: str) -> None:
        """SIGKILL, all of them at once. `web` is gunicorn and its workers, `runner` RQ's process alone, `horse` its
        child with the job, `agent` the agent, `machine` all three."""
        pids = [pid for victim in victims for pid in self._pids(victim)]
        assert pids, f"nobody to kill as {victims}"
        for sent in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: none sees another one die, and tells of it
            for pid in pids:
                os.kill(pid, sent)
        for name, process in self.running.items():
            if process.pid in pids:
                process.wait()
                assert name in victims or name == "runner"

    def _pids(self, victim: str) -> list[int]:
        runner = self.running["runner"].pid
        match victim:
            case "web":
                return [each.pid for each in family(self.running["web"].pid)]
            case "horse":
                return [each.pid for each in psutil.Process(runner).children()]
            case "agent":
                return [each.pid for horse in psutil.Process(runner).children() for each in horse.children()]
            case "machine":
                return [*self._pids("agent"), *self._pids("horse"), runner]
            case _:
                return [self.running[victim].pid]

    def restart(self) -> None:
        """Start processes that have ended again, as a supervisor does."""
        for name, process in self.running.items():
            if process.poll() is not None:
                self.start(name)

    @contextmanager
    def killing(self, *victims: str, at: Sequence[Step], lost: bool = False) -> Iterator[None]:
        """Kill these processes at each of these steps of what is begun inside, and start them again."""
        self.gate.let_go(at[0], lost)
        yield
        for following in (*at[1:], None):
            self.gate.wait()
            self.kill(*victims)
            self.gate.let_go(following, lost)
            self.restart()

    def silence(self, seconds: float = 100.0) -> None:
        """Move the last heartbeats of agents back by that many seconds."""
        wait_for(self._answers, self.state)
        store = RedisStore(self.redis)
        for run in store.active():
            store.update(
                run.id, lambda seen: changed(seen, heartbeat=(seen.attempt.heartbeat or time.time()) - seconds)
            )

    def _answers(self) -> bool:
        try:
            return bool(self.redis.ping())
        except RedisError:
            return False

    def settle(self) -> None:
        """Wait until nothing is queued, under way, recorded as not done, or locked by a process that was killed."""
        wait_for(self._quiet, self.state)

    def _quiet(self) -> bool:
        self.restart()
        try:
            waiting = [
                self.sandbox.state.outbox.unfinished_tasks,
                *(self.redis.llen(f"rq:queue:{queue}{kind}") for queue in QUEUES for kind in ("", ":intermediate")),
                *(self.redis.zcard(f"rq:{kind}:{queue}") for queue in QUEUES for kind in ("wip", "scheduled")),
                self.redis.zcard("deliveries"),
                self.redis.scard("runs:active"),
                len(self.redis.keys("refresh:*")),
                len(self.redis.keys("alone:*")),  # whoever was killed holds it until it expires
            ]
        except RedisError:
            return False
        return not any(waiting)

    def state(self) -> str:
        """Return a description of the state, for the message where it does not settle."""
        told = [str(self.redis.keys("*"))]
        for name in self.running:
            lines = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()
            told += [f"--- {name}", *[line for line in lines if "HTTP Request" not in line][-30:]]
        return "\n".join(told)

    def close(self) -> None:
        """End all processes."""
        end([each for process in self.running.values() for each in family(process.pid)])
        for process in self.running.values():
            process.wait()
        self.sandbox.stop()
        self.door.close()


def wait_for(condition: Callable[[], bool], told: Callable[[], str], seconds: float = SETTLING) -> None:
    """Poll until the condition holds; raise AssertionError with what `told` returns after too long."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, told()
        time.sleep(0.05)
