"""What git answered about commits of a repository and can never take back. It is kept in memory, so that no process is
started to hear it again."""

import os
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

MOST = 20_000  # answers about all repositories together, 10 MB; the one that was not asked for longest goes first
LONGEST = 1000  # characters of one answer

_Identity = tuple[int | str, ...]
_known: OrderedDict[tuple[_Identity, tuple[str, ...]], str] = OrderedDict()
_lock = Lock()  # several threads read snapshots


@dataclass(frozen=True)
class KeptAnswers:
    """The answers about one repository. Only what was found is kept: what is missing now may be fetched."""

    _whose: _Identity  # empty where nothing is kept

    def get(self, *asked: str) -> str | None:
        """Return the answer to what was asked, such as `tree` and a commit's SHA; None where it is not known."""
        with _lock:
            found = _known.get((self._whose, asked))
            if found is not None:
                _known.move_to_end((self._whose, asked))
            return found

    def keep(self, answer: str, *asked: str) -> str:
        """Keep the answer to what was asked, if it is not too long, and return it."""
        if self._whose and len(answer) <= LONGEST:
            with _lock:
                _known[self._whose, asked] = answer
                while len(_known) > MOST:
                    _known.popitem(last=False)
        return answer


def answers_of(folder: Path) -> KeptAnswers:
    """Return the answers about the repository in a folder.

    Nothing is known of a repository that was made anew in the same place, or that borrows objects of one that was made
    anew. Nothing is kept about one that is gone or not ready.
    """
    return KeptAnswers(_identity(folder))


def _identity(folder: Path) -> _Identity:
    """Return what tells a repository from every other that was ever in its place; empty where it is not ready.

    The file with attributes is written when a repository is made, and never again.
    """
    try:
        made = (folder / "info" / "attributes").stat()
        others = [_identity(each) for each in _lenders(folder)]
    except OSError:
        return ()
    own = (str(folder), made.st_dev, made.st_ino, made.st_ctime_ns)
    return (*own, *(part for other in others for part in other)) if all(others) else ()


def _lenders(folder: Path) -> list[Path]:
    """Return the repositories of which this one borrows objects."""
    with suppress(FileNotFoundError):
        lines = os.fsdecode((folder / "objects" / "info" / "alternates").read_bytes()).splitlines()
        return [(folder / "objects" / line).parent for line in lines if line]
    return []
