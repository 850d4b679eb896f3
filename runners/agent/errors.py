"""The exceptions that end a run before its script has ended."""


class Trouble(Exception):
    """Says in one sentence for the reader what was wrong, where, and what to do next. It becomes the run's reason."""


class Stopped(Exception):
    """The run is to stop: it was cancelled, or whoever started the agent ends. Holds the reason."""


class Gone(Exception):
    """The bot wants nothing more of this attempt (ended, replaced, claimed by another), or does not answer: leave."""


def sentence(error: Exception, doing: str) -> str:
    """Return what a reader is told of an unforeseen error: its type and the system's words, nothing of its own text."""
    detail = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return f"The agent could not go on while {doing} ({type(error).__name__}{detail})."
