"""One file a slash command: what it means, decided and returned as a reply. Nothing is done here.

What a reply wants done are values of `handlers/jobs`, which the dispatcher carries out.
"""
