"""Proves on a real installation, one by one, what nobody can know beforehand; `python -m doctor --help`."""
