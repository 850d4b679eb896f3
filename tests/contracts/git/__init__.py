"""Test Git as the bot uses it, against real repositories."""
