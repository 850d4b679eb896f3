"""A runner that does what a test says, and speaks with the bot as an agent does."""

import base64
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask.testing import FlaskClient

from tests.world.project import git, results, write

if TYPE_CHECKING:
    from tests.world.world import World

Script = Callable[["Machine"], None]


class Machine:
    """What a script sees of one attempt: the agent's side of docs/runs-api.md."""

    def __init__(self, client: FlaskClient, run_id: str, token: str) -> None:
        self._client, self._base = client, f"/api/runs/{run_id}"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._sent = 0
        self.tree = Path(tempfile.mkdtemp(prefix="machine-"))
        weakref.finalize(self, shutil.rmtree, self.tree, ignore_errors=True)
        self.spec: Mapping[str, Any] = {}

    def claim(self) -> None:
        """Take the run and clone it at its commit, with the edits written."""
        self.spec = self.post("claim", {})
        token = base64.b64encode(f"{self.spec['clone_login']}:{self.spec['clone_token']}".encode()).decode()
        header = f"http.extraHeader=Authorization: Basic {token}"
        git(self.tree, "init", "--quiet")
        git(self.tree, "-c", header, "fetch", "--quiet", "--depth=1", self.spec["clone_url"], self.spec["sha"])
        git(self.tree, "checkout", "--quiet", self.spec["sha"])
        write(self.project, self.spec["edits"])

    @property
    def project(self) -> Path:
        """Return the folder that the script runs in."""
        return self.tree / str(self.spec["project"])

    def say(self, state: str, log: str = "") -> Mapping[str, Any]:
        """Send a heartbeat."""
        answer = self.post("beat", {"state": state, "offset": self._sent, "log": log})
        self._sent = answer["size"]
        return answer

    def commit(self) -> None:
        """Make one commit on the baseline under the experiment's ref, and upload it as a bundle."""
        spec = self.spec
        git(self.tree, "add", "--all")
        git(self.tree, "commit", "--quiet", "--allow-empty", "-m", spec["message"])
        git(self.tree, "update-ref", spec["ref"], "HEAD")
        git(self.tree, "bundle", "create", "--quiet", ".git/out", spec["ref"], f"^{spec['sha']}")
        self.upload("bundle", (self.tree / ".git/out").read_bytes())

    def upload(self, name: str, data: bytes) -> None:
        """Upload one of the returned files."""
        answer = self._client.put(f"{self._base}/files/{name}", data=data, headers=self._headers)
        assert answer.status_code == 204, answer.text

    def keep(self, data: bytes) -> None:
        """Upload a checkpoint."""
        answer = self._client.put(f"{self._base}/checkpoint", data=data, headers=self._headers)
        assert answer.status_code == 204, answer.text

    def checkpoint(self) -> bytes:
        """Return the checkpoint to resume from."""
        answer = self._client.get(f"{self._base}/checkpoint", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)

    def checkpoint_status(self, token: str = "") -> int:
        """Return the status with which a request for the checkpoint is answered."""
        headers = {"Authorization": f"Bearer {token}"} if token else self._headers
        return self._client.get(f"{self._base}/checkpoint", headers=headers).status_code

    def submodule(self, number: int) -> tuple[int, bytes]:
        """Return the status with which a request for a submodule's files is answered."""
        answer = self._client.get(f"{self._base}/submodules/{number}", headers=self._headers)
        return answer.status_code, bytes(answer.data)

    def done(
        self,
        exit_code: int | None = 0,
        reason: str = "",
        timed_out: bool = False,
        provenance: Any = None,
        delivered: Mapping[str, Any] | None = None,
    ) -> None:
        """Through. `provenance`, `delivered`: None of an agent that says nothing of it."""
        environment = {"python": "3.11.7", "dvc": "3.67.1", "packages": ["numpy==2.4.6"], "machine": "Linux, 2 cores"}
        said = {"exit_code": exit_code, "reason": reason, "timed_out": timed_out, "environment": environment}
        self.post("done", {**said, "provenance": provenance, "delivered": delivered and dict(delivered)})

    def status(self, verb: str, body: Mapping[str, Any]) -> int:
        """Return the status of one call of the runs API; 410 tells the agent to stop."""
        return self._client.post(f"{self._base}/{verb}", json=body, headers=self._headers).status_code

    def post(self, verb: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make one call of the runs API, and return its answer."""
        answer = self._client.post(f"{self._base}/{verb}", json=body, headers=self._headers)
        assert answer.status_code in (200, 204), f"{verb}: {answer.status_code} {answer.text}"
        return answer.get_json() if answer.status_code == 200 else {}


class ScriptedRunner:
    """The Trainer of the tests."""

    def __init__(self) -> None:
        self.client: FlaskClient | None = None
        self.script: Script | None = None
        self.refusal = ""
        self.readable: Sequence[str] | None = ()
        self.trained: list[str] = []
        self.exit_code = 0  # of each agent

    def admit(self, full_name: str) -> str:
        return self.refusal

    def folders(self, full_name: str) -> Sequence[str] | None:
        return self.readable

    def run(self, run_id: str, attempt: int, token: str, repository_full_name: str, timeout: int) -> int:
        assert self.client is not None
        assert self.script is not None, "a run was started and the test says nothing of how it ends"
        machine = Machine(self.client, run_id, token)
        self.trained.append(run_id)
        try:
            self.script(machine)
        finally:
            shutil.rmtree(machine.tree)
        return self.exit_code


def training(
    metrics: Mapping[str, Any],
    log: str = "epoch 1\nepoch 2\n",
    extra: Callable[[Machine], None] | None = None,
    provenance: Any = None,
) -> Script:
    """It trains with the parameters it was given and measures these metrics."""

    def script(machine: Machine) -> None:
        machine.claim()
        machine.say("preparing", "Installing\n")
        machine.say("training", log)
        params = (machine.project / "params.yaml").read_text()
        write(machine.project, results(params, metrics, [1.0, 0.4, 0.1]))
        if extra:
            extra(machine)
        machine.commit()
        machine.say("uploading")
        machine.done(provenance=provenance)

    return script


def made(**stages: Any) -> Mapping[str, Any]:
    """What an agent says of where results came from: `executed=["train"]`, `written={"metrics.json": "train"}`."""
    return {"known": True, "executed": [], "restored": [], "skipped": [], "written": {}, **stages}


@dataclass
class RunnerHand:
    """Sets how the next runs go."""

    world: "World"

    def finishes(self, **metrics: Any) -> None:
        """Let the next run train and measure this."""
        self.does(training(metrics))

    def trains_all(self, script: Script) -> list[str]:
        """All runs whose turn comes go like this, until none is left; their names in that order."""
        self.world.runner_port.script = script
        trained = self.world.runner_port.trained
        before, seen = len(trained), -1
        while len(trained) > seen:
            seen = len(trained)
            self.world.train()
        runs = [self.world.wired.ports.store.get(run_id) for run_id in trained[before:]]
        return [run.experiment.name for run in runs if run]

    def does(self, script: Script) -> None:
        """Let the next run go like this."""
        self.world.runner_port.script = script
        before = len(self.world.runner_port.trained)
        self.world.train()
        assert len(self.world.runner_port.trained) == before + 1, "no run was waiting for a runner"
