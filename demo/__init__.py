"""Runs everything on one machine: Redis, a local GitHub, the bot, and a project to try it with."""
