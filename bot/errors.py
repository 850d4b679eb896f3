"""Exceptions of two kinds: what a person can correct (UserError), and trouble of ours (all others)."""


class UserError(Exception):
    """An error shown word for word in the pull request: what is wrong, and what to type next (escaped Markdown)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Exception):
    """The host answers 404: it is not there, or this token may not see it."""


class Forbidden(Exception):
    """The host answers 403 for lack of a permission: an installation was suspended, or a right taken away."""


class Rejected(Exception):
    """A ref was not moved: not a fast-forward, protected, or the host would not have its commits. Holds the reason."""


class TryLater(Exception):
    """A limit or an outage: the same call may work after `seconds`."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
