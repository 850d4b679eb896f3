"""Comments that are kept up to date: remembered by id, written only when their text changes."""

import hashlib
from dataclasses import dataclass

from bot.errors import NotFound
from bot.ports import Ports
from bot.ports.memos import Memo
from experiments.experiment import PullRef


@dataclass(frozen=True)
class ShownComment:
    """A comment that is kept up to date."""

    id: int
    digest: str  # SHA-256 of its text


def say(ports: Ports, where: PullRef, memo: Memo[ShownComment], marker: str, body: str) -> int:
    """Make the comment that this memo is about say `body`. Return its id.

    Where the id was forgotten, find the comment by its marker. Where it was deleted or never written, write a new one.
    """
    digest = hashlib.sha256(body.encode()).hexdigest()
    known = ports.store.recall(memo)
    if known and known.digest == digest:
        return known.id
    comment = known.id if known else ports.host.find_comment(where, marker)
    try:
        if comment:
            ports.host.edit_comment(where.repository, comment, body)
    except NotFound:
        comment = 0
    if not comment:
        comment = ports.host.comment(where, body)
    ports.store.remember(memo, ShownComment(comment, digest))
    return comment


def comment_of(ports: Ports, memo: Memo[ShownComment]) -> int:
    """Return the id of the comment that this memo is about; 0 where there is none."""
    known = ports.store.recall(memo)
    return known.id if known else 0
