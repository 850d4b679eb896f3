"""The spine: what an event is, what a command is, what the rest of the program must offer, and what is done with it.

It reaches out through `bot/ports` only; `bot/settings` alone reads files, those that the operator's variables name.
"""
