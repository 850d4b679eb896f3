"""Reads metrics, plots and what else training left in a commit, as values."""
