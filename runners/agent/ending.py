"""The ways a run ends before its script is through."""


class Trouble(Exception):
    """The reader's sentence: what was wrong, where, what to do next. It becomes the run's reason."""


class Stopped(Exception):
    """Somebody wants it stopped: a cancel, or whoever started the agent leaves. Holds the reason."""


class Gone(Exception):
    """The bot wants nothing more of this attempt (ended, replaced, claimed by another) or does not answer: leave."""
