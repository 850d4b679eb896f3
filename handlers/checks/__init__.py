"""Checks of whether something may be done, and what stands in its way. Modules here read through ports only."""
