"""Played over HTTP, by strangers and by agents."""
