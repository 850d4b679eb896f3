"""The ports for reading only: nothing here posts, pushes, queues, remembers, launches or deletes."""

from typing import Protocol

from bot.ports.files import ImageAddresses, PageAddresses, ReadFiles
from bot.ports.git import ReadGit
from bot.ports.git_host import ReadHost
from bot.ports.queue import ReadQueue
from bot.ports.runners import ReadRunners, Runner
from bot.ports.snapshots import ReadSnapshots
from bot.ports.store import ReadStore


class ReadingPorts(Protocol):
    """`Ports` as commands and lookups see them.

    To fetch a commit into a mirror, or to make one there, counts as reading, for nobody sees it.
    """

    @property
    def host(self) -> ReadHost: ...
    @property
    def git(self) -> ReadGit: ...
    @property
    def snapshots(self) -> ReadSnapshots: ...
    @property
    def images(self) -> ImageAddresses: ...
    @property
    def pages(self) -> PageAddresses: ...
    @property
    def store(self) -> ReadStore: ...
    @property
    def queue(self) -> ReadQueue: ...
    @property
    def files(self) -> ReadFiles: ...
    @property
    def runner(self) -> Runner: ...
    @property
    def runners(self) -> ReadRunners: ...

    def random_name(self) -> str:
        """Return a random name, `puffy-daks` for example, as DVC makes them."""
        ...

    def monotonic(self) -> float:
        """Return seconds, to measure how long something took."""
        ...
