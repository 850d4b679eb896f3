"""Attacks by code in training, or by a repository, on machines and remotes."""
