"""Checks a real installation, one by one, for what nobody can know beforehand; see `python -m doctor --help`."""
