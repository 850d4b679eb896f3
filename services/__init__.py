"""Everyone else the bot talks to: GitHub, Git, Redis, RQ, DVC and the disk. Each implements a port of bot/ports."""
