"""Parameters that Hydra composes otherwise than a commit has them, remembered for later refreshes."""

from bot.ports import Ports
from bot.ports.memos import Memo
from experiments.experiment import Repository
from experiments.snapshot import Snapshot
from handlers.planning.hydra import is_composed, written_over

_COMPOSED = Memo("composed", tuple[str, ...])


def told(ports: Ports, repository: Repository, snapshot: Snapshot) -> tuple[str, ...]:
    """Return what `written_over` says of a snapshot, composed once only: the overview is refreshed often."""
    if not is_composed(snapshot):
        return ()
    memo = _COMPOSED.of(repository.id, snapshot.sha, snapshot.project)
    kept = ports.store.recall(memo)
    if kept is not None:
        return kept
    said = written_over(ports, repository, snapshot)
    if said is not None:
        ports.store.remember(memo, said)
    return said or ()
