"""The exception that ends a demo early."""


class DemoTrouble(Exception):
    """Something is wrong. The message says what, and what a person can do about it, if anything."""
