"""The doctor against the local GitHub."""
