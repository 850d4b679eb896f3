"""Reads commits with the real DVC, in a process of its own, and keeps what was read."""
