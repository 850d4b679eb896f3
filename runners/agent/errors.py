"""The ways a run ends before its script is through."""


class Trouble(Exception):
    """The reader's sentence: what was wrong, where, what to do next. It becomes the run's reason."""


class Stopped(Exception):
    """Somebody wants it stopped: a cancel, or whoever started the agent leaves. Holds the reason."""


class Gone(Exception):
    """The bot wants nothing more of this attempt (ended, replaced, claimed by another) or does not answer: leave."""


def sentence(error: Exception, doing: str) -> str:
    """What a reader is told of an error that nobody foresaw: nothing that it says itself but the system's words."""
    detail = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return f"The agent could not go on while {doing} ({type(error).__name__}{detail})."
