"""What a run needs of its commit, which is checked before a machine starts."""
