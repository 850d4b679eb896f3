"""Test the real agent against a bot that the tests play."""
