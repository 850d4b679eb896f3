"""The disk space that readings at the same time share."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class DiskSpace:
    """A number of bytes. Whoever needs some of them waits until enough are free."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._changed = Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Hold `size` bytes inside the block, or all bytes where `size` is more than there are."""
        size = min(size, self._size)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()
