"""What ends a demo early."""


class Trouble(Exception):
    """The message says what is wrong and, where a person can do something, what."""
