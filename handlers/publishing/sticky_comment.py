"""Comments that are kept up to date: known by their ids, written only when they say something else."""

import hashlib

from bot.errors import NotFound
from bot.ports import Ports
from experiments.experiment import PullRef


def say(ports: Ports, where: PullRef, key: str, marker: str, body: str) -> int:
    """Its id. Where that was forgotten the comment is looked for by its marker; where it was deleted it comes anew."""
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
    """The id of the comment of this key; 0 where nothing was said."""
    return int(ports.store.recall(key).partition(" ")[0] or 0)
