"""Comments that are kept up to date: remembered by id, written only when their text changes."""

import hashlib

from bot.errors import NotFound
from bot.ports import Ports
from experiments.experiment import PullRef


def say(ports: Ports, where: PullRef, key: str, marker: str, body: str) -> int:
    """Make the comment of this key say `body`. Return its id.

    Where the id was forgotten, find the comment by its marker. Where it was deleted or never written, write a new one.
    """
    digest = hashlib.sha256(body.encode()).hexdigest()
    known, _, shown = ports.store.recall(key).partition(" ")
    if shown == digest:
        return int(known)
    comment = int(known) if known else ports.host.find_comment(where, marker)
    try:
        if comment:
            ports.host.edit_comment(where.repository, comment, body)
    except NotFound:
        comment = 0
    if not comment:
        comment = ports.host.comment(where, body)
    ports.store.remember(key, f"{comment} {digest}")
    return comment


def comment_of(ports: Ports, key: str) -> int:
    """Return the id of the comment of this key; 0 where there is none."""
    return int(ports.store.recall(key).partition(" ")[0] or 0)
