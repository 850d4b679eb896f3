"""Attacks over HTTP, by strangers and by agents."""
