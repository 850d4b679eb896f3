"""What a run needs of its commit, known before a machine starts."""
