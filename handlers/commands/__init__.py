"""One file for each slash command, which decides what it means and returns a reply. Handlers change nothing.

Changes that a reply asks for are values from `handlers/jobs`; the dispatcher carries them out.
"""
