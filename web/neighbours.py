"""What the web process asks of the rest of the bot beside bot/ports, each as narrow as it is used."""

from pathlib import Path
from typing import Protocol


class Kept(Protocol):
    """Files at addresses nobody guesses."""

    def path(self, name: str) -> Path | None:
        """The file of this name, without its ending; None where there is none, whatever was asked for."""
        ...


class Deliveries(Protocol):
    """Webhook deliveries, kept until they are done."""

    def keep(self, guid: str, event: str, body: bytes) -> bool:
        """Store it for a worker. False when it was done before."""
        ...

    def finish(self, guid: str) -> None:
        """It is done: forget the body, remember that."""
        ...


class DeliveryQueue(Protocol):
    """The way to the workers."""

    def deliver(self, guid: str) -> None:
        """Ask a worker to handle a stored delivery."""
        ...


class Guesses(Protocol):
    """Wrong passwords, counted by address, and browsers that knew the right one."""

    @property
    def remembered(self) -> int:
        """Seconds for which a browser that knew the password is told from others."""
        ...

    def are_too_many(self, address: str) -> bool:
        """Whether that address has to wait, whatever it gives now."""
        ...

    def wrong(self, address: str) -> None:
        """Count one more."""
        ...

    def admit(self) -> str:
        """A word for a browser that knew the password, by which it is told from those that guess."""
        ...

    def knows(self, word: str) -> bool:
        """Whether it was given so, and no wrong password came with it since."""
        ...

    def forget(self, word: str) -> None:
        """A wrong password came with it."""
        ...
