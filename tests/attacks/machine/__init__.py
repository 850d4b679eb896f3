"""Played by code in training, or by a repository, against machines and remotes."""
