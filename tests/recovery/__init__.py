"""The whole bot as processes, killed at every step of a run."""
