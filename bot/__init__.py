"""The core of the bot: events, commands, requests, the ports to the rest of the program, and effects.

It reaches the outside through `bot/ports` only. Only `bot/settings` reads files: those that the settings name.
"""
