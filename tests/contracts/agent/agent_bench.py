"""Stand in for the bot: a runs API that answers as docs/runs-api.md says, and small real DVC projects."""

import hashlib
import json
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from experiments.limits import LIMITS
from runners.local import LocalRunner
from tests.contracts.agent.agent_remote import unnamed

TOKEN = "run-token-3f1c9a"
CLONE_TOKEN = "ghs_clone-token-77aa"
REQUIREMENT = "dvc==3.67.1"
REPOSITORY = "ada/iris"
GIT_USER = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")


class RunsApi:
    """Play one run's side of the API. A test may change the fields between and during requests."""

    def __init__(self) -> None:
        self.specification: dict[str, Any] = {}
        self.log = bytearray()
        self.live = ""
        self.training: int | None = None  # where training's own lines begin in the log
        self.states: list[str] = []
        self.files: dict[str, bytes] = {}
        self.checkpoints: list[bytes] = []
        self.submodules: list[bytes] = []  # packs of submodules
        self.done: dict[str, Any] = {}
        self.cancel = False
        self.ended = False  # requests that are answered 410
        self.refuses: dict[str, int] = {}  # verb -> status
        self.lost_answers = 0  # beats that are accepted but whose answer gets lost
        self.changed = threading.Condition()
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                api._answer(self)

            do_GET = do_PUT = do_POST

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, text: str, seconds: float = 60) -> None:
        """Wait until the log holds `text`."""
        with self.changed:
            assert self.changed.wait_for(lambda: text in self.text or self.done, seconds), self.text
            assert text in self.text, (self.text, self.done)

    @property
    def text(self) -> str:
        return self.log.decode() + self.live

    @property
    def sent(self) -> bytes:
        """Return all bytes that the agent sent."""
        return bytes(self.log) + json.dumps(self.done).encode() + b"".join(self.files.values())

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"] or 0))
        verb = request.path.split("/", 4)[4]
        status, answer = 204, b""
        with self.changed:
            if request.headers["Authorization"] != f"Bearer {TOKEN}":
                status = 401
            elif self.ended:
                status = 410
            elif verb in self.refuses:
                status = self.refuses[verb]
            elif verb == "claim":
                status, answer = 200, json.dumps(self.specification).encode()
            elif verb == "beat":
                status, answer = self._beat(json.loads(body))
            elif verb == "checkpoint" and request.command == "GET":
                status, answer = 200, self.checkpoints[-1]
            elif verb == "checkpoint":
                self.checkpoints.append(body)
            elif verb.startswith("submodules/"):
                number = int(verb.removeprefix("submodules/"))
                status, answer = (200, self.submodules[number]) if number < len(self.submodules) else (403, b"")
            elif verb.startswith("files/"):
                self.files[verb.removeprefix("files/")] = body
            else:
                self.done = json.loads(body)
            self.changed.notify_all()
        request.send_response(status)
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)

    def _beat(self, sent: dict[str, Any]) -> tuple[int, bytes]:
        assert sent["offset"] <= len(self.log), "a gap in the log"
        self.states.append(sent["state"])
        self.log += sent["log"].encode()[len(self.log) - sent["offset"] :]
        self.live, self.training = sent["live"], sent["training"]
        if self.lost_answers:
            self.lost_answers -= 1
            return 502, b""
        return 200, json.dumps({"cancel": self.cancel, "size": len(self.log)}).encode()


@dataclass
class Project:
    """Hold a DVC project in a Git repository of its own; `mirror` is where an agent fetches it from."""

    folder: Path
    number: int  # the repository's id

    @property
    def sha(self) -> str:
        return self.git("rev-parse", "HEAD")

    def git(self, *argv: str) -> str:
        ran = subprocess.run(
            ("git", *GIT_USER, "-C", str(self.folder), *argv), check=True, text=True, stdout=subprocess.PIPE
        )
        return ran.stdout.strip()

    def commit(self, files: Mapping[str, str]) -> str:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change")
        return self.sha

    def configuration(self, project: str) -> str:
        """Return the `.dvc/config` of a project at the head; empty where there is none."""
        path = f"{project}/.dvc/config".lstrip("/")
        there = self.git("ls-tree", "--name-only", "HEAD", "--", path)
        return self.git("show", f"HEAD:{path}") if there else ""

    def unpack(self, bundle: bytes, ref: str) -> str:
        """Verify a bundle against this repository, take it in, and return its one commit."""
        path = self.folder.parent / "bundle"
        path.write_bytes(bundle)
        self.git("bundle", "verify", "--quiet", str(path))
        self.git("fetch", "--quiet", str(path), f"+{ref}:{ref}")
        assert self.git("rev-parse", f"{ref}^") == self.sha
        return self.git("rev-parse", ref)


TRAIN = """
import json
lr = float(open("params.yaml").read().split("lr:")[1].split()[0])
print(f"training with lr={lr}", flush=True)
json.dump({"accuracy": 1 - lr}, open("metrics.json", "w"))
open("model.txt", "w").write(f"weights {lr}")
open("loss.csv", "w").write(f"step,loss\\n0,{lr}\\n")
"""
PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    outs: [model.txt]
    metrics:
      - metrics.json:
          cache: false
    plots: [loss.csv]
"""


def project(folder: Path, number: int, *, train: str = TRAIN, remote: Path | None = None) -> Project:
    """Return a one-stage project that trains in no time."""
    made = Project(folder / "project", number)
    made.folder.mkdir(parents=True)
    made.git("init", "--quiet")
    remotes = f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {remote}\n" if remote else ""
    made.commit(
        {
            ".dvc/config": remotes,
            ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
            ".gitignore": "/model.txt\n/loss.csv\n",
            "dvc.yaml": PIPELINE,
            "params.yaml": "lr: 0.1  # the rate\n",
            "requirements.txt": "",
            "train.py": train,
        }
    )
    return made


READING = """
print("training on", open("data.csv").read(), flush=True)
open("metrics.json", "w").write('{"accuracy": 0.5}')
open("model.txt", "w").write("weights")
open("loss.csv", "w").write("step,loss\\n0,1\\n")
"""


def digest(content: bytes) -> str:
    """Return the MD5 of the content, as DVC writes it."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def tracked(content: bytes) -> str:
    """Return the data.csv.dvc of this data."""
    return f"outs:\n- md5: {digest(content)}\n  size: {len(content)}\n  hash: md5\n  path: data.csv\n"


def put(objects: Path, content: bytes) -> None:
    """Put an object into a DVC cache or remote."""
    place = objects / "files" / "md5" / digest(content)[:2] / digest(content)[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def reading(folder: Path, number: int, content: bytes, remote: Path | None) -> Project:
    """Return a project that trains on data.csv, which DVC tracks and which is in no remote."""
    made = project(folder, number, train=READING, remote=remote)
    pipeline = (made.folder / "dvc.yaml").read_text().replace("deps: [train.py]", "deps: [train.py, data.csv]")
    ignored = "/model.txt\n/loss.csv\n/data.csv\n"
    made.commit({"dvc.yaml": pipeline, "data.csv.dvc": tracked(content), ".gitignore": ignored})
    return made


@dataclass
class Bench:
    """Run a project as the bot does."""

    home: Path
    api: RunsApi
    remotes: tuple[Path, ...] = ()  # of the repository that trains
    others: tuple[tuple[str, str], ...] = ()  # of other repositories: owner/name, and a folder
    isolated: bool = True
    count: int = field(default=0)

    def ask(self, asked: Project, **changes: Any) -> str:
        """Reset the API, let it ask for a run of the project's head, and return the ref that the run must make."""
        self.api.log.clear()
        self.api.states.clear()
        self.api.files.clear()
        self.api.done = {}
        sha, name = asked.sha, "puffy-daks"
        script = ["dvc", "exp", "run", "--pull", "--allow-missing", "--name", name, "--message", "Set lr=0.01"]
        self.api.specification = {
            "repository": asked.number,
            "clone_url": asked.folder.as_uri(),
            "clone_login": "x-access-token",
            "clone_token": CLONE_TOKEN,
            "sha": sha,
            "name": name,
            "ref": f"refs/exps/{sha[:2]}/{sha[2:]}/{name}",
            "message": "Set lr=0.01",
            "author": {"name": "studio[bot]", "email": "1+studio[bot]@users.noreply.github.com"},
            "project": "",
            "edits": {"params.yaml": "lr: 0.01  # the rate\n"},
            "script": script,
            "dvc": {"requirement": REQUIREMENT, "minimum": "3.0", "push": True},
            "results": [],
            "collect": ["metrics.json", "loss.csv"],
            "baseline_files": [],
            "data_first": None,
            "checkpoints": None,
            "environment": {},
            "remote": unnamed(asked.configuration(str(changes.get("project", "")))),
            "requirements": [],
            "branch": "tune",
            "history": "shallow",
            "timeout": 60,
            "limits": asdict(LIMITS),
            "push_only": False,
        } | changes
        return str(self.api.specification["ref"])

    def train(self, asked: Project, **changes: Any) -> str:
        """Ask for a run, let the agent run to its end, and return the ref."""
        ref = self.ask(asked, **changes)
        self.start()
        return ref

    def start(self) -> int:
        """Run the agent on what was requested, and return its exit code."""
        self.count += 1
        owned = (*((REPOSITORY, str(each)) for each in self.remotes), *self.others)
        runner = LocalRunner(self.home, self.api.url, owned, frozenset(), self.isolated)
        return runner.run(f"run{id(self)}-{self.count}", 1, TOKEN, REPOSITORY, 120)
