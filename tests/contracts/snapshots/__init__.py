"""Let the real DVC read commits of all kinds."""
