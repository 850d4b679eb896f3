"""The whole bot as processes, with a cloud whose machines boot when a test lets them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from experiments.experiment import PullRef, Repository
from experiments.run import Run
from services.files.audit import AuditLog
from services.redis.store import RedisStore
from tests.contracts.engines.aws_cloud import AwsBackend, cloud, surroundings
from tests.recovery.gate import Gate
from tests.recovery.pull import Pull
from tests.recovery.town import Town

SECRETS = {
    "OPERATOR_PASSWORD": "canary-of-the-operator-of-this-bot",
    "WANDB_API_KEY": "canary-of-training",
    "REMOTE_KEY": "canary-of-the-remote",
}


@dataclass
class Skies:
    """The town and its cloud."""

    town: Town
    backend: AwsBackend
    booting: threading.Event = field(default_factory=threading.Event)  # machines do as they are told while it is set

    def run(self, pull: Pull) -> Run:
        """Return the newest run."""
        repository = Repository(self.town.repository.id, "grace/digits", installation=0)
        return RedisStore(self.town.redis).of_pull(PullRef(repository, pull.number))[-1]

    def told(self, run: Run) -> list[str]:
        """Return the run's entries of the log of machines."""
        audit = AuditLog(Path(self.town.env["DATA_DIR"]) / "audit")
        return [entry.what for entry in audit.month(time.time()) if entry.run == run.id]

    def machines(self, run: Run) -> list[str]:
        """Return the states of all machines that were ever launched for the run."""
        tag = {"Key": "studio-run", "Value": run.id}
        return [each["State"]["Name"] for each in self.backend.described() if tag in each["Tags"]]


@contextmanager
def skies(folder: Path, agent_home: Path) -> Iterator[Skies]:
    """A town whose only runner launches machines; their HOME keeps what the agent's has."""
    gate, home = Gate(), folder / "image"
    (home / ".cache").mkdir(parents=True)
    (home / ".cache" / "studio-agent").symlink_to(agent_home)
    with cloud(gate.around) as address:
        backend = AwsBackend(folder / "machines", home=home)
        entry = backend.runner.model_dump(mode="json", exclude_defaults=True)
        entry |= {"type": "aws", "disk": 20, "secrets": ["WANDB_API_KEY"]}
        remote = {"url": "s3://models", "repositories": ["grace/*"], "push": {"AWS_SECRET_ACCESS_KEY": "REMOTE_KEY"}}
        file = {"owner": "tests", "runners": {"ec2": entry}, "remotes": {"models": remote}}
        (folder / "runners.yml").write_text(yaml.safe_dump(file))
        more = {**surroundings(address), **SECRETS, "RUNNERS": str(folder / "runners.yml")}
        town = Town(folder, agent_home, gate, more)
        made, over = Skies(town, backend), threading.Event()
        turning = threading.Thread(target=_turn, args=(made, over))
        turning.start()
        try:
            yield made
        finally:
            over.set()
            turning.join()
            town.close()
            backend.end()


def _turn(here: Skies, over: threading.Event) -> None:
    while not over.wait(0.1):
        if here.booting.is_set():
            here.backend.advance()
