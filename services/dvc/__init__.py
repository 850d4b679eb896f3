"""The real DVC, read in a process of its own, and what it read, kept."""
