"""What a commit's training begins with otherwise, known without composing it at every refresh."""

import json

from bot.ports import Ports
from experiments.experiment import Repository
from experiments.snapshot import Snapshot
from handlers.planning.hydra import is_composed, written_over


def told(ports: Ports, repository: Repository, snapshot: Snapshot) -> tuple[str, ...]:
    """As `written_over`, remembered: a refresh of the overview is frequent."""
    if not is_composed(snapshot):
        return ()
    key = f"composed:{repository.id}:{snapshot.sha}:{snapshot.project}"
    if kept := ports.store.recall(key):
        return tuple(json.loads(kept))
    said = written_over(ports, repository, snapshot)
    if said is not None:
        ports.store.remember(key, json.dumps(said))
    return said or ()
