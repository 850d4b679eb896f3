"""Parameters that Hydra composes otherwise than a commit has them, remembered for later refreshes."""

import json

from bot.ports import Ports
from experiments.experiment import Repository
from experiments.snapshot import Snapshot
from handlers.planning.hydra import is_composed, written_over


def told(ports: Ports, repository: Repository, snapshot: Snapshot) -> tuple[str, ...]:
    """Return what `written_over` says of a snapshot, composed once only: the overview is refreshed often."""
    if not is_composed(snapshot):
        return ()
    key = f"composed:{repository.id}:{snapshot.sha}:{snapshot.project}"
    if kept := ports.store.recall(key):
        return tuple(json.loads(kept))
    said = written_over(ports, repository, snapshot)
    if said is not None:
        ports.store.remember(key, json.dumps(said))
    return said or ()
