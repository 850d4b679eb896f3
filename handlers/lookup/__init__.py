"""Lookups: what a typed name means, and what is known of a commit. Modules here read through ports only."""
