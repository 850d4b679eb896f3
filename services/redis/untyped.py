"""What was remembered before memos had types, as text under keys of their own: where it lies, and what it says.

Nothing is written here any more, and what is there is gone after ninety days.
"""

import json
from ast import literal_eval
from collections.abc import Callable, Mapping
from typing import Any

from bot.ports.keys import Key
from bot.ports.memos import Memo

_OF_SWEEPS = ("sweep-result", "sweep-check", "sweep-told", "sweep-trouble", "sweep-warned")


def place(memo: Memo[Any]) -> str:
    """Return the key under which an earlier version remembered a memo."""
    if memo.kind.name not in _OF_SWEEPS:
        return f"kept:{memo.key}"
    sweep, _, what = memo.kind.name.partition("-")
    return f"kept:{Key(sweep, memo.key.parts)}:{what}"


def value(memo: Memo[Any], text: str) -> Any:
    """Return the JSON of version 1 of a memo that was remembered as this text; None where the text is empty.

    Raise ValueError where it is no such memo.
    """
    try:
        return _READ.get(memo.kind.name, _as_it_is)(text) if text else None
    except (SyntaxError, TypeError) as error:
        raise ValueError(f"no {memo.kind.name} was remembered in these words") from error


def _as_it_is(text: str) -> Any:
    return text  # a name, a commit, a number


def _comment(text: str) -> Any:
    known, digest = text.split(" ")
    return {"id": int(known), "digest": digest}


def _check(text: str) -> Any:
    known, status, digest = text.split(" ")
    return {"id": int(known), "status": status, "digest": digest}


def _result(text: str) -> Any:
    title, best, *failing = json.loads(text)
    return {"title": title, "best": best, "failing": failing}


def _removal(text: str) -> Any:
    refs, runs, said, checkpoints = json.loads(text)
    return {"refs": refs, "runs": runs, "said": said, "checkpoints": checkpoints}


def _landed(text: str) -> Any:
    sha, name = json.loads(text)
    return {"sha": sha, "name": name}


def _delivered(text: str) -> Any:
    data, remote, cause, lost, given_up = literal_eval(text)
    return {"data": data, "remote": remote, "cause": cause, "lost": lost, "given_up": given_up}


_READ: Mapping[str, Callable[[str], Any]] = {
    "overview": _comment,
    "sweep": _comment,
    "sweep-check": _check,
    "sweep-result": _result,
    "removed": _removal,
    "undo": _landed,
    "delivered": _delivered,
    "statuses": json.loads,
}
NAMES = {*_OF_SWEEPS, *_READ}
