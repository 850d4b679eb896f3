"""Everyone else the bot talks to: GitHub, Git, Redis, RQ, DVC and the disk.

Each implements a port of bot/ports, or what a door asks for, and knows none of the others.
"""
