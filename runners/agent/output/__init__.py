"""Turns what foreign commands print into a log: as a terminal shows it, short, and without secrets."""
