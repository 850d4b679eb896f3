"""Keep what fails of one run from the others that are looked through with it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import TryLater

log = logging.getLogger(__name__)


@contextmanager
def apart(what: str) -> Iterator[None]:
    """Log whatever fails in the block, and go on after it. `what`: the run or pull request that it is about."""
    try:
        yield
    except TryLater as later:
        log.info("%s is looked after later: %s", what, later)
    except Exception:  # what one repository brought about must not keep those of others from being looked after
        log.exception("%s is not looked after", what)
