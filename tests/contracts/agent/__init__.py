"""The real agent against a bot that is played."""
