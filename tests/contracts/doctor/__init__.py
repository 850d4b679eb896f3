"""Test the doctor against the local GitHub."""
