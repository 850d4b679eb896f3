"""Conversion of events into the requests that people made."""
